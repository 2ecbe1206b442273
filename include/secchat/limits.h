/*
 * Every named maximum of the suite.  A length that comes from anywhere else
 * is compared with one of these before it is believed.  Sizes are bytes,
 * times are milliseconds, unless the name says otherwise.
 */
#ifndef SECCHAT_LIMITS_H
#define SECCHAT_LIMITS_H

/* clang-format off */
enum {
	/* secchat/1 frames (docs/protocol.md, "Transport frames") */
	FRAME_TAG        = 16,
	FRAME_HEAD       = 12,                  /* type flags body_len ack   */
	FRAME_PLAIN_MAX  = 65519,               /* the largest bucket        */
	FRAME_CT_MAX     = FRAME_PLAIN_MAX + FRAME_TAG,         /* 65535     */
	FRAME_WIRE_MAX   = FRAME_CT_MAX + 2,
	FRAME_IN_MAX     = 65536,               /* that net cuts, in any
	                                           format (docs/legacy.md)  */
	FRAME_BODY_MAX   = FRAME_PLAIN_MAX - FRAME_HEAD,        /* 65507     */
	TEXT_MAX         = FRAME_BODY_MAX - 8,                  /* 65499     */
	NICK_MAX         = 255,                 /* u8 length                 */
	NAME_MAX_LOCAL   = 64,                  /* a petname                 */
	PEERS_MAX        = 256,                 /* remembered people         */
	PEER_ADDR_MAX    = 255 + 8,             /* "[host]:65535"            */
	PRINT_LEN        = 50,                  /* "SHA256:" and 43 letters  */
	SAFETY_DIGITS    = 60,
	SAS_HALF         = 6,
	VERIFY_TRIES     = 3,

	/* acknowledgement window, each direction ("Acknowledgement") */
	WINDOW_MSGS      = 256,
	WINDOW_BYTES     = 1 << 20,

	/* handshake ("Handshake bytes") */
	HELLO_MIN        = 44,
	RID_LEN          = 16,
	RESUME_SECRETS   = 4,                   /* two each of two sessions  */
	KEM_PK           = 1216,                /* X-Wing, suite 2           */
	KEM_SK           = 32,
	KEM_CT           = 1120,
	KEM_SS           = 32,
	HS_MSG_MAX       = HELLO_MIN + 2 * RID_LEN + KEM_PK,    /* HELLO_J   */
	REFUSE_LEN       = 12,

	/* strangers ("Limits") */
	HALF_OPEN_MAX        = 4,
	HALF_OPEN_PER_SOURCE = 2,
	PREAUTH_BUF          = 4096,
	HELLO_TIMEOUT        = 5000,
	HEARD_PATIENCE       = 1000,            /* then gives way            */
	HANDSHAKE_TIMEOUT    = 10000,
	FAILED_BURST         = 5,               /* failed F3 per source, then*/
	FAILED_REFILL        = 30000,           /* one more each             */
	CODE_FAILURES_MAX       = 1000,         /* then a new code           */
	PASSPHRASE_FAILURES_MAX = 100,          /* then nobody is accepted   */

	/* a live connection */
	PING_IDLE        = 60000,
	LOST_AFTER       = 15000,
	ACK_WITHIN       = 25,                  /* the contract says 200     */
	ACK_BATCH        = 64,                  /* confirmed texts per ACK   */
	TELL_EVERY       = 10,                  /* from one word about texts
	                                           shown to the next, while
	                                           few are                   */
	CLOSE_WAIT       = 3000,
	REKEY_MSGS       = 20,                  /* of both directions        */
	REKEY_EVERY_MAX  = 1000000,             /* as the option may say     */
	REKEY_BYTES      = 16 << 20,
	REKEY_TIME       = 600000,              /* with traffic              */
	REKEY_WAIT       = 30000,               /* REKEY sent to SWITCH got  */
	BUSY_PING_EVERY  = 15000,
	SUSPEND_TIME     = 600000,              /* a lost session waits      */
	REDIAL_FIRST     = 1000,                /* then twice as long, up to */
	REDIAL_MAX       = 30000,
	DRAIN_WAIT       = 10000,               /* plain pipe at end of input*/

	/* net */
	NET_CONNS        = HALF_OPEN_MAX + 2,   /* half open, live, resuming */
	CREDIT_WINDOW    = 16,                  /* frames crypto may have out*/
	BULK_WINDOW      = 8,                   /* those of files, beside it */
	ADDR_TEXT_MAX    = 80,                  /* "[v6%scope]:port"         */
	HOST_TEXT_MAX    = 255,
	CONNECT_TIMEOUT  = 10000,

	/* files (docs/protocol.md, "Files") */
	FILES_MAX        = 16,                  /* unfinished, each direction*/
	FILE_WINDOW      = 1 << 20,             /* bytes in flight, all of
	                                           a direction together      */
	FILE_HEAD        = 12,                  /* of FILE_DATA: fid, offset */
	FILE_CHUNK_MAX   = FRAME_BODY_MAX - FILE_HEAD,          /* 65495     */
	FILE_CHUNK_MIN   = 1024 - FRAME_HEAD - FILE_HEAD,       /* 1000, but
	                                           for a file's last         */
	FILE_PROGRESS    = 250,                 /* between two FILE_STATE    */
	FILE_NAME_MAX    = 200,                 /* cleaned; 255 on the wire  */
	FILE_PATH_MAX    = 4096,

	/* IPC: one record is one message, header included */
	IPC_HEAD         = 8,
	IPC_BODY_MAX     = 4 + FRAME_WIRE_MAX,
	IPC_RECORD_MAX   = IPC_HEAD + IPC_BODY_MAX,

	/* front end on a terminal */
	WIRE_SHOWN       = 1024,                /* bytes of a sealed frame   */

	/* front end for scripts */
	REF_MAX          = 64,                  /* a send's name, bytes      */
	COMMAND_MAX      = 8 * TEXT_MAX,        /* one line of commands      */
	READ_AHEAD       = 4 << 20,             /* sends that wait; then
	                                           stdin is left alone       */
	EVENT_RING       = 1 << 20,             /* what stdout has not taken */
	END_FLUSH        = 2000,                /* for stdout at the end, if */
	END_FLUSH_ALL    = 8000,                /* it takes nothing; in all  */

	/* secrets as people type them */
	SECRET_LINE_MAX  = 1024,
	KEYFILE_TEXT     = 44,                  /* base64url of 32 bytes     */
	CODE_LETTERS     = 10,
	LIBRARY_TEXT     = 15,                  /* "1.0.18"                  */
	CODE_TEXT        = 11,                  /* "lusab-babad"             */

	/* prices (docs/prices.md) */
	PRICE_QUOTE_SIZE  = 22,                 /* one coin, as a record     */
	PRICE_ANSWER_SIZE = 7 + 4 * PRICE_QUOTE_SIZE,
	PRICE_TABLE_SIZE  = 25 + 4 * (PRICE_QUOTE_SIZE + 5 + 24),
	PRICE_BODY_MAX   = 64 << 10,            /* of an answer              */
	PRICE_HEAD_MAX   = 64 << 10,            /* all its headers           */
	PRICE_CA_MAX     = 4 << 20,             /* --ca-file                 */
	PRICE_KEY_MAX    = 128,                 /* a provider's API key      */
	PRICE_PREFIX_MAX = 200,                 /* --prices-url: its path    */
	PRICE_DIAL_TIME  = 5000,
	PRICE_WHOLE      = 10000,               /* lookup to last byte       */
	PRICE_GRACE      = 2000,                /* then it is killed         */
	PRICE_FLOOR      = 30000,               /* never more often          */
	PRICE_FRESH      = 60000,               /* a look is served from it  */
	PRICE_KEEP       = 86400000,            /* old values are shown      */
	PRICE_STALE_DATA = 600,                 /* seconds; the provider's   */
	PRICE_FUTURE     = 300,                 /* seconds ahead of us       */
	PRICE_BACKOFF    = 5000,                /* the first wait, at most   */
	PRICE_BACKOFF_MAX = 900000,
	PRICE_RETRY_MAX  = 3600,                /* seconds of Retry-After    */
	PRICE_EVERY_MAX  = 86400,               /* --prices-every            */
	PROXY_PATH_MAX   = 107,                 /* sun_path less its NUL     */

	/* supervisor */
	STDERR_LINE_MAX  = 512,
	SENTENCE_MAX     = 512,
	LOG_MAX          = 16 << 20,            /* --log: of one run         */
	WORKER_START     = 20000,               /* exec to READY; one that is
	                                           late ends the chat, also
	                                           where sixty others want
	                                           the processor             */
	WORKER_STOP      = 2000,                /* end of file to gone       */
	WORKER_STOPPED   = 10000,               /* SIGSTOP to SIGCONT        */
	DIAL_ANSWER      = 60000,               /* to its question: a lookup
	                                           on three servers takes 30,
	                                           connecting 10             */
};
/* clang-format on */

/* Seconds since 1970: up to the year 9999. */
#define PRICE_TIME_MAX 253402300799u

/*
 * ---- the one block of `make TEST_LIMITS=1` ----
 * Programs for tests/faults, which break some thousand connections: the same
 * code with less patience.  They say so at --version, and `make install`
 * refuses them.
 */
/* clang-format off */
#ifdef SECCHAT_TEST_LIMITS
#define HELLO_TIMEOUT     2000
#define HANDSHAKE_TIMEOUT 4000
#define FAILED_REFILL     200
#define PING_IDLE         2000
#define LOST_AFTER        1200
#define CLOSE_WAIT        1500
#define REKEY_WAIT        2400
#define SUSPEND_TIME      20000
#define REDIAL_FIRST      50
#define REDIAL_MAX        100
#define WORKER_START      5000
#define DIAL_ANSWER       5000
#define PRICE_FLOOR       300
#define PRICE_FRESH       300
#define PRICE_DIAL_TIME   1000
#define PRICE_WHOLE       1200
#define PRICE_GRACE       300
#define PRICE_BACKOFF     100
#define PRICE_BACKOFF_MAX 200
#define PRICE_RETRY_MAX   1
#endif
/* clang-format on */
/* ---- its end ---- */

#endif
