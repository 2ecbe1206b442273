/*
 * Thousands of sessions in random weather: who sends, what arrives when, what
 * breaks and when the clock moves is drawn from one seed that is printed, and
 * the same seed gives the same session.
 *
 *   storm [--seed N] [--sessions N] [--bug NAME] [--bugs]
 *
 * Exit status 0: every session kept its promises (with a planted bug: one did
 * not, as it should); 1: not so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bugs.h"
#include "secchat/err.h"
#include "secchat/util.h"

#define STEPS_MAX 2000000
#define BUG_SESSIONS 3000

static const struct {
	const char *name;
	uint8_t mode;
} modes[] = {
    {"key", MODE_KEY},
    {"pass", MODE_PASS},
    {"id", MODE_ID},
    {"pair", MODE_PAIR},
};

/* Sums over all sessions. */
static struct {
	unsigned long sessions, connected, faults, lost, resumed, calls, texts,
	    rekeys, steps;
} sum;

static struct world world;

static size_t
text_len(struct world *w)
{
	return world_random(w, 30) == 0 ? 1 + world_random(w, TEXT_MAX)
					: world_random(w, 400);
}

/*
 * Whether the first handshake failed because of the weather.  A joiner does
 * not repeat it by itself: each would be one more guess for a fake host.
 */
static int
void_session(const struct world *w)
{
	return w->early_fault && w->p[PEER_JOINER].ended &&
	       !w->p[PEER_JOINER].connected;
}

/* The two say something, now and then something breaks. */
static unsigned
bad_weather(struct world *w)
{
	unsigned budget = (unsigned)world_random(w, 8), faults = 0;
	unsigned texts = 2 + (unsigned)world_random(w, 40);
	int early = world_random(w, 5) == 0;

	for (int i = 0; i < STEPS_MAX && (texts > 0 || faults < budget); i++) {
		if (w->broken[0] != '\0' || w->p[0].ended || w->p[1].ended)
			break;
		world_step(w);
		bug_step(w);
		if (!early && !w->p[0].connected)
			continue;
		if (texts > 0 && world_random(w, 25) == 0) {
			(void)world_text(
			    w, (int)world_random(w, 2), text_len(w));
			texts--;
		}
		if (world_random(w, 300) == 0)
			world_rekey(w, (int)world_random(w, 2));
		if (faults < budget && world_random(w, 150) == 0) {
			world_fault(w);
			faults++;
		}
		if (world_random(w, 400) == 0)
			w->answers = !w->answers;
	}
	w->answers = 1;
	return faults;
}

/* Nothing breaks any more: everything must be delivered. */
static void
good_weather(struct world *w)
{
	for (int i = 0; i < STEPS_MAX && w->broken[0] == '\0'; i++) {
		if (world_settled(w))
			return;
		if (void_session(w))
			return;
		if (w->p[0].ended || w->p[1].ended) {
			world_broken(w, "ended with errors %s and %s",
			    err_name(w->p[0].end_error),
			    err_name(w->p[1].end_error));
			return;
		}
		world_step(w);
		bug_step(w);
	}
	world_broken(w, "not delivered: %lu of %lu, %lu of %lu",
	    (unsigned long)(w->p[0].submitted - w->p[0].delivered),
	    (unsigned long)w->p[0].submitted,
	    (unsigned long)(w->p[1].submitted - w->p[1].delivered),
	    (unsigned long)w->p[1].submitted);
}

static void
goodbye(struct world *w)
{
	int who = (int)world_random(w, 2);

	world_quit(w, who);
	for (int i = 0; i < STEPS_MAX && w->broken[0] == '\0'; i++) {
		if (w->p[0].ended && w->p[1].ended)
			break;
		world_step(w);
	}
	for (int i = 0; i < 2; i++)
		if (w->p[i].ended != 1 || w->p[i].end_error != ERR_NONE ||
		    w->p[i].end_undelivered != 0 ||
		    w->p[i].end_left != (i != who))
			world_broken(w, "%d ended with %s, %u lost", i,
			    err_name(w->p[i].end_error),
			    w->p[i].end_undelivered);
}

static void
add_up(const struct world *w, unsigned faults)
{
	sum.sessions++;
	sum.connected += w->p[PEER_JOINER].connected != 0;
	sum.faults += faults;
	sum.calls += w->p[PEER_JOINER].calls;
	sum.steps += w->steps;
	for (int i = 0; i < 2; i++) {
		sum.lost += w->p[i].lost;
		sum.resumed += w->p[i].resumed;
		sum.texts += w->p[i].received;
		sum.rekeys += w->p[i].rekeyed;
	}
}

/* One session; 0, or 1 when it broke a promise, which world.broken names. */
static int
session(uint64_t seed)
{
	struct world *w = &world;
	size_t mode = seed % ARRAY_LEN(modes);
	unsigned faults;

	world_init(w, modes[mode].mode, seed);
	world_call(w);
	faults = bad_weather(w);
	good_weather(w);
	/* A last text each finds what is damaged and not noticed. */
	for (int i = 0; i < 2; i++)
		(void)world_text(w, i, 5);
	good_weather(w);
	if (!void_session(w))
		goodbye(w);
	add_up(w, faults);
	return w->broken[0] != '\0';
}

static int
sessions(uint64_t seed, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		if (!session(seed + i))
			continue;
		printf("seed %ju, mode %s, after %ju steps: %s\n",
		    (uintmax_t)seed + i,
		    modes[(seed + i) % ARRAY_LEN(modes)].name,
		    (uintmax_t)world.steps, world.broken);
		return 1;
	}
	return 0;
}

/* Every planted bug is found, each within so many sessions. */
static int
all_bugs(uint64_t seed)
{
	int missed = 0;

	for (bug = BUG_NONE + 1; bug_name(bug) != NULL; bug++) {
		unsigned long before = sum.sessions;
		int found = sessions(seed, BUG_SESSIONS);

		printf("%s %s: %s (%lu sessions)\n", found ? "found" : "MISSED",
		    bug_name(bug), bug_text(bug), sum.sessions - before);
		missed += !found;
	}
	return missed;
}

static enum bug
find_bug(const char *name)
{
	for (enum bug b = BUG_NONE; bug_name(b) != NULL; b++)
		if (strcmp(bug_name(b), name) == 0)
			return b;
	fprintf(stderr, "storm: there is no bug %s\n", name);
	exit(2);
}

int
main(int argc, char **argv)
{
	uint64_t seed = 1;
	unsigned long n = 1000;
	int failed;

	if (noise_library_init() < 0)
		return 1;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--bugs") == 0)
			return all_bugs(seed) != 0;
		if (i + 1 == argc)
			return 2;
		if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--sessions") == 0)
			n = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--bug") == 0)
			bug = find_bug(argv[++i]);
		else
			return 2;
	}
	printf("seed %ju, %lu sessions\n", (uintmax_t)seed, n);
	failed = sessions(seed, n);
	printf("%lu sessions (%lu got beyond the handshake), %lu faults, %lu "
	       "losses noticed, %lu resumed, %lu calls, %lu texts, %lu "
	       "rekeys, %lu steps\n",
	    sum.sessions, sum.connected, sum.faults, sum.lost, sum.resumed,
	    sum.calls, sum.texts, sum.rekeys, sum.steps);
	world_free(&world);
	return bug == BUG_NONE ? failed : !failed;
}
