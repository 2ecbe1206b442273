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
	int gone;
	/* Who else has the name, or one like it: theirs, or "". */
	char taken[NAME_MAX_LOCAL + 1];
};

static int
apply(struct people *l, void *ctx)
{
	struct renaming *r = ctx;
	int i = people_find_key(l, r->pk);
	int other = people_find_like(l, r->name, i);

	r->gone = i < 0;
	if (other >= 0)
		memcpy(r->taken, l->p[other].name, sizeof r->taken);
	if (r->gone || other >= 0)
		return 0;
	people_call(l, (size_t)i, r->name);
	return 1;
}

void
known_tell_front(struct super *s, const char *name)
{
	struct worker *front = &s->w[s->ui];
	uint8_t remembered = 1;

	if (front_hears(s) && ipc_room(&front->link) > NAME_MAX_LOCAL)
		ipc_send2(&front->link, IPC_UI_NAMED, &remembered, 1, name,
		    strlen(name));
}

void
known_rename(struct super *s, const char *name)
{
	struct renaming r = {.pk = s->here_pk, .name = name};
	struct people_wrong wrong;
	char shown[NAME_IN_ROW];

	if (!s->here) {
		note(s, NOTE_WARN, "nobody is remembered in this chat");
	} else if (!name_ok(name)) {
		note(s, NOTE_WARN, "this cannot be a name: %s. %s",
		    name_wrong(name), NAME_RULE);
	} else if (people_update(&s->store, &s->people, apply, &r, &wrong) <
		   0) {
		note(s, NOTE_WARN, "the name cannot be kept: %s", wrong.what);
	} else if (r.taken[0] != '\0') {
		name_in_row(shown, r.taken);
		note(s, NOTE_WARN,
		    "somebody else is called %s, and this is or looks like it; "
		    "choose another",
		    shown);
	} else if (r.gone) {
		note(s, NOTE_WARN, "they have been forgotten meanwhile");
	} else {
		name_in_row(shown, name);
		note(s, NOTE_INFO, "remembered as %s", shown);
		known_tell_front(s, name);
	}
}
