/*
 * Which descriptor is what in each program, right after exec.  The
 * supervisor's link table (src/super/table.c) lays them out so; every program
 * has 0 and 1 on /dev/null unless said otherwise, and 2 on a pipe that the
 * supervisor reads.  Everything else is closed.
 */
#ifndef SECCHAT_FDS_H
#define SECCHAT_FDS_H

/* clang-format off */
enum {
	FD_SUPER      = 3,      /* every worker: its link to the supervisor */

	FD_CRYPTO_UI  = 4,      /* secchat-crypto: link to the front end    */
	FD_CRYPTO_NET = 5,      /*                 link to net              */
	FD_SECRET     = 6,      /*                 key file, terminal or -fd;
	                                           /dev/null when crypto
	                                           makes the code           */
	FD_IDENTITY   = 7,      /*                 identity file (ID, PAIR) */

	FD_CRYPTO_FILE = 8,     /*                 link to file             */

	FD_NET_CRYPTO = 4,      /* secchat-net: link to crypto              */

	FD_PRICE_SOCKET = 4,    /* secchat-price: the connected socket      */
	FD_PRICE_CA     = 5,    /*                the certificates to trust,
	                           closed before the lock-down              */

	FD_FILE_CRYPTO = 4,     /* secchat-file: link to crypto; files come
	                           over the supervisor's link               */

	FD_UI_CRYPTO  = 4,      /* secchat-tty, secchat-script: link to
	                           crypto; 0 and 1 are the user's own       */
};
/* clang-format on */

#endif
