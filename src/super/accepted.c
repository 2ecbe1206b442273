/*
 * That the introduction was accepted is remembered by its number, in
 * $XDG_STATE_HOME/secchat/intro or ~/.local/state/secchat/intro.  A new
 * number asks again.  Nothing else about a chat is ever kept.
 */
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "secchat/util.h"

static const char file_name[] = "intro";

int
accepted_open(char path[PATH_CAP], int make)
{
	int fd;

	if (folder_path(path, PATH_CAP, "XDG_STATE_HOME", ".local/state") < 0)
		return -1;
	if (make)
		folder_make(path);
	fd = folder_open(path);
	if (fd < 0)
		path[0] = '\0';
	return fd < 0 ? -1 : fd;
}

int
accepted_read(int dir, uint32_t number)
{
	char text[16], want[16];
	size_t len;

	if (folder_read(dir, file_name, text, sizeof text - 1, &len) < 0)
		return 0;
	text[len] = '\0';
	snprintf(want, sizeof want, "%u\n", number);
	return strcmp(text, want) == 0;
}

int
accepted_write(int dir, uint32_t number)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%u\n", number);

	return folder_replace(dir, file_name, text, (size_t)n);
}
