/*
 * /name: what the person in this chat is called from now on, in the list of
 * remembered people.
 */
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "secchat/util.h"

/* The new name, and what became of it. */
struct renaming {
	const uint8_t *pk;
	const char *name;
	int gone, taken;
};

static int
apply(struct people *l, void *ctx)
{
	struct renaming *r = ctx;
	int i = people_find_key(l, r->pk), other;

	r->gone = i < 0;
	other = people_find_name(l, r->name);
	r->taken = other >= 0 && other != i;
	if (r->gone || r->taken)
		return 0;
	snprintf(l->p[i].name, sizeof l->p[i].name, "%s", r->name);
	return other < 0;
}

void
known_tell_front(struct super *s, const char *name)
{
	struct worker *front = &s->w[s->ui];
	uint8_t remembered = 1;

	if (s->front_told && front->state == WS_READY &&
	    ipc_room(&front->link) > NAME_MAX_LOCAL)
		ipc_send2(&front->link, IPC_UI_NAMED, &remembered, 1, name,
		    strlen(name));
}

void
known_rename(struct super *s, const char *name)
{
	struct renaming r = {.pk = s->here_pk, .name = name};
	struct people_wrong wrong;

	if (!s->here) {
		note(s, NOTE_WARN, "nobody is remembered in this chat");
	} else if (!name_ok(name)) {
		note(s, NOTE_WARN,
		    "this cannot be a name: it has up to 64 bytes, is shown "
		    "as it is, and has none of / \\ ' \" in it");
	} else if (people_update(&s->store, &s->people, apply, &r, &wrong) <
		   0) {
		note(s, NOTE_WARN, "the name cannot be kept: %s", wrong.what);
	} else if (r.taken) {
		note(s, NOTE_WARN, "somebody else is called %s", name);
	} else if (r.gone) {
		note(s, NOTE_WARN, "they have been forgotten meanwhile");
	} else {
		note(s, NOTE_INFO, "remembered as %s", name);
		known_tell_front(s, name);
	}
}
