/*
 * The table of files.
 */
#include <string.h>

#include "file.h"
#include "secchat/err.h"
#include "secchat/ipc_msgs.h"

struct script_file *
files_find(struct script_files *all, uint32_t fid)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->item[i].news.fid == fid)
			return &all->item[i];
	return NULL;
}

struct script_file *
files_asked(struct script_files *all, uint32_t ask)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->item[i].news.ours && all->item[i].news.ask == ask)
			return &all->item[i];
	return NULL;
}

struct script_file *
files_add(struct script_files *all)
{
	struct script_file *f;

	if (all->count == SCRIPT_FILES)
		return NULL;
	f = &all->item[all->count++];
	memset(f, 0, sizeof *f);
	f->ref.len = REF_NONE;
	return f;
}

void
files_remove(struct script_files *all, struct script_file *f)
{
	size_t at = (size_t)(f - all->item);

	all->count--;
	memmove(f, f + 1, (all->count - at) * sizeof *f);
}

size_t
files_ours(const struct script_files *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->count; i++)
		n += all->item[i].news.ours;
	return n;
}

size_t
files_moving(const struct script_files *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->count; i++)
		n += all->item[i].news.state >= FILE_ACCEPTED &&
		     all->item[i].news.state <= FILE_PAUSED;
	return n;
}

size_t
files_unanswered(const struct script_files *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->count; i++)
		n += all->item[i].news.ours &&
		     all->item[i].news.state <= FILE_OFFERED;
	return n;
}

/* What a new state makes it necessary to tell. */
static void
add_tell(struct script_file *f)
{
	uint8_t offered = TELL_OFFERED & (uint8_t)~f->told;

	switch (f->news.state) {
	case FILE_OFFERED:
		f->tell |= offered;
		break;
	case FILE_ACCEPTED:
		f->tell |= offered | (TELL_ACCEPTED & (uint8_t)~f->told);
		break;
	case FILE_MOVING:
	case FILE_PAUSED:
		f->tell |= offered | (TELL_ACCEPTED & (uint8_t)~f->told) |
			   TELL_PROGRESS;
		break;
	default:
		f->tell &= (uint8_t)~TELL_PROGRESS;
		f->tell |= TELL_END;
	}
}

/* Theirs that was never told of and is over: there is nothing to know. */
static int
is_nothing(const struct script_file *f)
{
	return !f->news.ours && f->news.state == FILE_STOPPED &&
	       !(f->told & TELL_OFFERED);
}

/* What was asked for, and where it is, is not said each time. */
static void
keep(struct script_file *f, const struct file_news *news)
{
	uint32_t ask = f->news.ask;
	size_t len = news->path[0] != '\0' ? sizeof f->news.path : 0;

	memcpy(f->news.path, news->path, len);
	memcpy(&f->news, news, offsetof(struct file_news, path));
	if (ask != 0)
		f->news.ask = ask;
}

int
files_news(struct script_files *all, const struct file_news *news)
{
	struct script_file *f =
	    news->fid != 0 ? files_find(all, news->fid) : NULL;

	if (f == NULL && news->ours && news->ask != 0)
		f = files_asked(all, news->ask);
	if (f == NULL ? news->ours : f->news.ours != news->ours)
		return -ERR_FORMAT;
	if (f == NULL)
		f = files_add(all);
	if (f == NULL)
		return -ERR_FORMAT;
	keep(f, news);
	add_tell(f);
	if (is_nothing(f))
		files_remove(all, f);
	return 0;
}
