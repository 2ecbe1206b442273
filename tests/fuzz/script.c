/*
 * The whole front end for programs: what a captured supervisor or crypto
 * worker may tell it at any moment, beside any commands and an output that is
 * not read.  With --json every line that it writes is a JSON object of
 * printable ASCII; without, every line is text that the filter lets through.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/script/script.h"
#include "../unit/harmless.h"
#include "secchat/fds.h"
#include "secchat/util.h"
#include "stage/stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct script script;
static char line[8 * ROW_MAX];
static size_t len;

static void
line_ends(void)
{
	json_t *event;

	if (!script_json(&script)) {
		if (!is_harmless(line, len))
			stage_broken("this line: %.*s", (int)len, line);
		return;
	}
	for (size_t i = 0; i < len; i++)
		if (line[i] < ' ' || line[i] > '~')
			stage_broken("byte %02x in an event", line[i]);
	/* Long ones are texts; to read them all takes most of the time. */
	if (len > 8192)
		return;
	event = json_loadb(
	    line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	if (!json_is_object(event) ||
	    !json_is_string(json_object_get(event, "ev")))
		stage_broken("no event: %.*s", (int)len, line);
	json_decref(event);
}

static void
on_stdout(struct prop *p, unsigned type, const uint8_t *b, size_t n)
{
	(void)p, (void)type;
	for (size_t i = 0; i < n; i++) {
		if (b[i] == '\n') {
			line_ends();
			len = 0;
			continue;
		}
		if (len == sizeof line)
			stage_broken("a line without end");
		line[len++] = (char)b[i];
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct jail_report report;

	if (size == 0)
		return 0;
	json_object_seed(1);
	stage_begin(data + 1, size - 1);
	stage.self = "front end";
	stage.no_terminal = data[0] & 1;
	stage.cols = data[0] >> 1;
	len = 0;
	(void)stage_link(FD_SUPER, LINK_SUPER_UI, ROLE_SUPER);
	(void)stage_link(FD_UI_CRYPTO, LINK_UI_CRYPTO, ROLE_CRYPTO);
	(void)stage_prop(0, PROP_STREAM);
	stage_prop(1, PROP_STREAM)->took = on_stdout;
	if (stage_enter()) {
		script_open_world(&script);
		(void)script_run(&script, &report);
	}
	stage_leave();
	return 0;
}
