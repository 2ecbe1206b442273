/*
 * Before prices are asked for the first time on this computer the user is
 * told who is asked and who can see that.  $XDG_STATE_HOME/secchat/prices
 * remembers the number of this text; where that is not possible it is shown
 * each time.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "secchat/util.h"

static const char file_name[] = "prices";
static const char number[] = "1\n";

static int
was_told(int dir)
{
	char text[16];
	size_t len;

	return folder_read(dir, file_name, text, sizeof text - 1, &len) == 0 &&
	       len == sizeof number - 1 && memcmp(text, number, len) == 0;
}

static void
tell(struct super *s)
{
	const struct options *o = s->o;

	if (o->prices_host[0] != '\0')
		note(s, NOTE_INFO, "prices: %s is asked over HTTPS",
		    o->prices_host);
	else
		note(s, NOTE_INFO,
		    "prices: %s is asked over HTTPS, or %s or %s when it does "
		    "not answer",
		    provider_rows[PRICE_COINGECKO].host,
		    provider_rows[PRICE_BITFINEX].host,
		    provider_rows[PRICE_KRAKEN].host);
	if (o->proxy != PROXY_NONE)
		note(s, NOTE_INFO,
		    "they see the proxy's address and the times, nothing of a "
		    "chat; your network sees the proxy alone");
	else
		note(s, NOTE_INFO,
		    "they see this computer's address and the times, nothing "
		    "of a chat; your network sees their names and the times");
}

void
price_notice(struct super *s)
{
	char path[PATH_CAP];
	int dir;

	if (s->price_noticed)
		return;
	s->price_noticed = 1;
	dir = accepted_open(path, 0);
	if (dir < 0)
		dir = accepted_open(path, 1);
	if (dir < 0 || !was_told(dir))
		tell(s);
	if (dir >= 0)
		(void)folder_replace(dir, file_name, number, sizeof number - 1);
	fd_close(dir);
}
