/*
 * The supervisor's tables and its memory of the introduction.  Run under the
 * name secchat-crypto (tests/system/super.py passes it as --crypto-worker)
 * this program is a captured crypto worker instead: the first letter on
 * FD_SECRET says what it does.  Under any other worker's name, and without a
 * letter, it is one that never becomes ready.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../src/super/internal.h"
#include "check.h"
#include "secchat/fds.h"
#include "secchat/util.h"

/* ---- a captured worker ---- */

static void
say_raw(uint32_t len, uint16_t type, const void *body, size_t body_len)
{
	uint8_t record[512];
	struct writer w;

	writer_init(&w, record, sizeof record);
	put_u32(&w, len);
	put_u16(&w, type);
	put_u16(&w, 0);
	put_bytes(&w, body, body_len);
	if (write(FD_SUPER, record, w.len) < 0)
		_exit(3);
}

static void
say_msg(uint16_t type, size_t body_len)
{
	static const uint8_t zeros[256];

	say_raw((uint32_t)(IPC_HEAD + body_len), type, zeros, body_len);
}

static void
say_stderr(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(3);
}

/* Wait until the supervisor has closed the link. */
static void
wait_for_end(void)
{
	uint8_t buf[IPC_RECORD_MAX + 1];

	(void)fd_set_nonblock(FD_SUPER, 0);
	while (read(FD_SUPER, buf, sizeof buf) > 0)
		;
}

/* From here on this is a kernel without seccomp. */
static void
lose_seccomp(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = ARRAY_LEN(code), .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		_exit(5);
}

/*
 * The real crypto worker on such a kernel; its path is what follows the
 * letter.  Only the loader may be executed beside us, and it runs what it is
 * told to.
 */
_Noreturn static void
be_real(void)
{
	char path[PATH_CAP] = "", ld[] = "/lib64/ld-linux-x86-64.so.2";
	char *argv[] = {ld, path, NULL};

	for (size_t i = 0; i < sizeof path - 1; i++)
		if (read(FD_SECRET, &path[i], 1) != 1 || path[i] == '\n')
			break;
	path[strcspn(path, "\n")] = '\0';
	lose_seccomp();
	execve(ld, argv, NULL);
	_exit(6);
}

static int
misbehave(void)
{
	char what = 0;

	if (read(FD_SECRET, &what, 1) != 1)
		what = 'n';
	if (what == 'k') /* a kernel that has less */
		be_real();
	if (what == 'n') { /* never ready */
		wait_for_end();
		return 0;
	}
	say_msg(IPC_READY, 9);
	switch (what) {
	case 'h': /* a header that lies */
		say_raw(1000, IPC_CRYPTO_INFO, NULL, 0);
		break;
	case 't': /* no such type */
		say_msg(999, 0);
		break;
	case 'w': /* another sender's */
		say_msg(IPC_UI_QUIT, 5);
		break;
	case 's': /* too short */
		say_msg(IPC_CRYPTO_INFO, 45);
		break;
	case 'm': /* at the wrong moment */
		say_msg(IPC_SECRET_READ, 3);
		break;
	case 'r': /* ready twice */
		say_msg(IPC_READY, 9);
		break;
	case 'e': /* words that want to be somebody else's */
		say_stderr("secchat-net: \033[2Jforged\nsecchat-crypto: own\n");
		return 3;
	case 'x': /* a line without end */
		for (int i = 0; i < 64; i++)
			say_stderr("0123456789012345678901234567890123456789");
		return 3;
	case 'i': /* stays when asked to leave */
		for (;;)
			(void)poll(NULL, 0, -1);
	default:
		return 4;
	}
	wait_for_end();
	return 0;
}

/* ---- the tables ---- */

/* Every link has the two ends that the message table gives it. */
static void
test_links(void)
{
	for (int l = 0; l < LINK_COUNT; l++) {
		const struct link_row *row = &link_rows[l];
		uint8_t a, b;

		ipc_link_ends((enum ipc_link_id)l, &a, &b);
		CHECK((row->a.role == a && row->b.role == b) ||
		      (row->a.role == b && row->b.role == a));
	}
}

/* No process has two things at one descriptor. */
static void
test_layout(void)
{
	for (int p = 0; p < PROC_COUNT; p++) {
		unsigned used = 7; /* 0, 1, 2 */

		if (proc_rows[p].has_secret)
			used |= 1u << FD_SECRET;
		for (int l = 0; l < LINK_COUNT; l++) {
			const struct link_row *row = &link_rows[l];
			const struct link_end *e = NULL;

			if (row->a.role == proc_rows[p].role)
				e = &row->a;
			else if (row->b.role == proc_rows[p].role)
				e = &row->b;
			if (e == NULL)
				continue;
			CHECK(e->fd > 2 && e->fd < SPAWN_FDS);
			CHECK((used & 1u << e->fd) == 0);
			used |= 1u << e->fd;
		}
		CHECK(used & 1u << FD_SUPER);
	}
}

/* Only a front end is told anything of the environment, and no secret. */
static void
test_environment(void)
{
	CHECK(proc_rows[PROC_CRYPTO].env[0] == NULL);
	CHECK(proc_rows[PROC_NET].env[0] == NULL);
	CHECK(proc_rows[PROC_DIAL].env[0] == NULL);
}

/* ---- the introduction's memory ---- */

static void
test_accepted(void)
{
	char dir[] = "/tmp/super.XXXXXX", path[PATH_CAP], other[PATH_CAP];
	struct stat st = {.st_mode = 0};
	int fd;

	if (!CHECK(mkdtemp(dir) != NULL))
		return;
	snprintf(other, sizeof other, "%s/a/b", dir);
	setenv("XDG_STATE_HOME", other, 1);
	CHECK(accepted_open(path, 0) < 0 && path[0] == '\0');
	fd = accepted_open(path, 1);
	CHECK(fd >= 0 && stat(path, &st) == 0);
	CHECK((st.st_mode & 0777) == 0700);
	CHECK(!accepted_read(fd, 1));
	CHECK(accepted_write(fd, 1) == 0 && accepted_read(fd, 1));
	CHECK(!accepted_read(fd, 2) && !accepted_read(fd, 11));
	CHECK(accepted_write(fd, 12) == 0 && accepted_read(fd, 12));
	CHECK(!accepted_read(fd, 1));
	CHECK(fstatat(fd, "intro", &st, 0) == 0 && (st.st_mode & 0777) == 0600);

	/* A link in its place is not followed, and is replaced. */
	CHECK(unlinkat(fd, "intro", 0) == 0);
	snprintf(other, sizeof other, "%s/target", dir);
	CHECK(symlinkat(other, fd, "intro") == 0);
	CHECK(!accepted_read(fd, 12));
	CHECK(accepted_write(fd, 12) == 0 && accepted_read(fd, 12));
	CHECK(stat(other, &st) < 0);
	CHECK(unlinkat(fd, "intro", 0) == 0);
	close(fd);
	for (size_t depth = 3; depth > 0; depth--) {
		CHECK(rmdir(path) == 0);
		*strrchr(path, '/') = '\0';
	}

	setenv("XDG_STATE_HOME", "relative", 1);
	unsetenv("HOME");
	CHECK(accepted_open(path, 1) < 0);
	CHECK(rmdir(dir) == 0);
}

/* ---- words ---- */

static void
test_log(void)
{
	char dir[] = "/tmp/super.XXXXXX", path[64], link_path[64];
	struct stat st = {.st_mode = 0};
	const char *why;
	int fd;

	if (!CHECK(mkdtemp(dir) != NULL))
		return;
	snprintf(path, sizeof path, "%s/log", dir);
	snprintf(link_path, sizeof link_path, "%s/link", dir);
	fd = log_open(path, &why);
	CHECK(fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0600);
	close(fd);
	CHECK(symlink(path, link_path) == 0 && log_open(link_path, &why) < 0);
	CHECK(strcmp(why, "it is a link") == 0);
	CHECK(log_open("/dev/null", &why) < 0);
	CHECK(strcmp(why, "it is not a regular file") == 0);
	CHECK(log_open(dir, &why) < 0);
	CHECK(chmod(path, 0620) == 0 && log_open(path, &why) < 0);
	CHECK(strcmp(why, "other users can write to it") == 0);
	CHECK(unlink(path) == 0 && unlink(link_path) == 0 && rmdir(dir) == 0);
}

int
main(int argc, char **argv)
{
	if (argc > 0 && strncmp(argv[0], "secchat-", 8) == 0)
		return misbehave();
	test_links();
	test_layout();
	test_environment();
	test_accepted();
	test_log();
	return check_end();
}
