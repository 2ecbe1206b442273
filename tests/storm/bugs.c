/*
 * The planted mistakes.
 */
#include "bugs.h"

enum bug bug;

/* clang-format off */
static const struct {
	const char *name, *text;
} bugs[] = {
	[BUG_NONE]           = { "none", "the program as it is" },
	[BUG_DROP_EARLY]     = { "drop-early",
	    "the old resume secret is dropped when the next is derived" },
	[BUG_NO_RESEND]      = { "no-resend",
	    "what was not acknowledged is not sent again" },
	[BUG_HOST_FORGETS]   = { "host-forgets",
	    "the host forgets the secret that a RESUME rests on" },
	[BUG_ACK_AT_DECRYPT] = { "ack-at-decrypt",
	    "what was decrypted counts as shown" },
};
/* clang-format on */

const char *
bug_name(enum bug b)
{
	return b < sizeof bugs / sizeof bugs[0] ? bugs[b].name : NULL;
}

const char *
bug_text(enum bug b)
{
	return bugs[b].text;
}

void __real_resume_hold(struct engine *e, uint32_t session,
    const struct epoch *a, const struct epoch *b);
void __wrap_resume_hold(struct engine *e, uint32_t session,
    const struct epoch *a, const struct epoch *b);
void __real_resume_accept(struct engine *e, uint32_t session,
    const struct epoch *a, const uint8_t used[RID_LEN]);
void __wrap_resume_accept(struct engine *e, uint32_t session,
    const struct epoch *a, const uint8_t used[RID_LEN]);
int __real_session_open(struct engine *e, const struct frame *f);
int __wrap_session_open(struct engine *e, const struct frame *f);

void
__wrap_resume_hold(struct engine *e, uint32_t session, const struct epoch *a,
    const struct epoch *b)
{
	__real_resume_hold(e, session, a, bug == BUG_DROP_EARLY ? NULL : b);
}

void
__wrap_resume_accept(struct engine *e, uint32_t session, const struct epoch *a,
    const uint8_t used[RID_LEN])
{
	if (bug == BUG_HOST_FORGETS)
		__real_resume_hold(e, session, a, NULL);
	else
		__real_resume_accept(e, session, a, used);
}

int
__wrap_session_open(struct engine *e, const struct frame *f)
{
	int err = __real_session_open(e, f);

	if (bug == BUG_NO_RESEND && err == 0 && e->s.next_out <= e->s.sent)
		e->s.next_out = e->s.sent + 1;
	return err;
}

void
bug_step(struct world *w)
{
	if (bug == BUG_ACK_AT_DECRYPT)
		for (int i = 0; i < 2; i++)
			w->p[i].engine.s.shown = w->p[i].engine.s.received;
}
