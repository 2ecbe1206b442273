/*
 * secchat-price: one question to a price provider, over HTTPS, on a socket
 * that secchat-dial has connected; then it ends.
 *
 *   3  the supervisor
 *   4  the connected socket
 *   5  the certificates to trust, read and closed before the lock-down
 */
#include <errno.h>
#include <jansson.h>

#include "../src/price/price.h"
#include "secchat/fds.h"
#include "secchat/sandbox.h"
#include "secchat/util.h"

/*
 * What libcurl calls in libc's place: a program's own function comes before
 * a library's.  The socket is connected, and libcurl has been told so, but
 * 7.88 forgets that and connects again.  It is answered "under way" without
 * a system call, which this program does not have; poll then finds the socket
 * to be ready.  Not in src/, where the programs that do connect would get it.
 */
int connect(int fd, const void *addr, uint32_t len);

int
connect(int fd, const void *addr, uint32_t len)
{
	(void)fd;
	(void)addr;
	(void)len;
	errno = EINPROGRESS;
	return -1;
}

int
main(void)
{
	struct jail_report report;
	struct ipc_link link;
	uint8_t queue[1024];

	log_init("secchat-price");
	jail_early();
	/* jansson opens /dev/urandom for its hash seed: now or never. */
	json_object_seed(0);
	price_open_world(FD_PRICE_CA);
	ipc_init(
	    &link, FD_SUPER, LINK_SUPER_PRICE, ROLE_PRICE, queue, sizeof queue);
	jail_enter(&policy_price, NULL, 0, &report);
	ipc_send_ready(&link, &report);
	return price_run(&link);
}
