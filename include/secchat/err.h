/*
 * The errors of the outside world: network, files, the peer, the user.
 * Functions return 0 (or a count) or one of these, negated.  One table in
 * src/util/err.c turns a code into a sentence, what to do next and the
 * program's exit code.  A broken invariant of our own is an assert, a broken
 * sibling process is fatal(): neither is in this list.
 */
#ifndef SECCHAT_ERR_H
#define SECCHAT_ERR_H

/* clang-format off */
enum err {
	ERR_NONE = 0,
	ERR_INTERNAL,           /* something that should not happen         */
	ERR_USAGE,
	ERR_CONFIG,
	ERR_EOF,                /* the other end of a descriptor has closed */
	ERR_AGAIN,              /* not now; poll and try again              */
	ERR_TOO_LONG,
	ERR_FORMAT,             /* malformed input of any kind              */
	ERR_SYS,                /* errno says more                          */

	/* files and secrets */
	ERR_KEYFILE_FORMAT,     /* not 44 base64url characters              */
	ERR_KEYFILE_MODE,       /* others may read it                       */
	ERR_KEYFILE_OWNER,      /* it belongs to another user               */
	ERR_KEYFILE_TYPE,       /* not a regular file                       */
	ERR_KEYFILE_OPEN,       /* errno says why it cannot be opened       */
	ERR_KEYFILE_MISSING,
	ERR_KEYFILE_EXISTS,
	ERR_SECRET_EMPTY,
	ERR_SECRET_UTF8,
	ERR_SECRET_CONTROL,
	ERR_SECRET_LONG,
	ERR_CODE_LETTER,        /* a letter that no code has in its place   */

	/* network */
	ERR_LOOKUP,
	ERR_LOOKUP_BLOCKED,
	ERR_CONNECT,
	ERR_LISTEN,
	ERR_TIMEOUT,
	ERR_PROXY,              /* the proxy, or what it said              */
	ERR_CONN_LOST,          /* end of file or reset without a CLOSE     */
	ERR_CLOSED_EARLY,       /* the host hung up before its HELLO        */
	ERR_NOT_SECCHAT,        /* the answer is not a HELLO                */
	ERR_REFUSED_VERSION,    /* REFUSE 1, unverified                     */
	ERR_REFUSED_MODE,       /* REFUSE 2, unverified                     */
	ERR_REFUSED_BUSY,       /* REFUSE 3, unverified                     */
	ERR_REFUSED_RESUME,     /* REFUSE 4, unverified                     */
	ERR_REFUSED_RATE,       /* REFUSE 5, unverified                     */

	/* authentication */
	ERR_AUTH,               /* a tag or a point did not verify          */
	ERR_AUTH_LIMIT,         /* too many failed attempts                 */
	ERR_IDENTITY_FORMAT,    /* the identity file holds no key           */
	ERR_IDENTITY_MODE,      /* others may read it                       */
	ERR_IDENTITY_OWNER,     /* it belongs to another user               */
	ERR_IDENTITY_TYPE,      /* not a regular file                       */
	ERR_IDENTITY_OPEN,      /* errno says why it cannot be opened       */
	ERR_IDENTITY_MISSING,
	ERR_PEER_UNKNOWN,       /* ID: a key that is not remembered         */
	ERR_PEER_CHANGED,       /* another key than the remembered one      */
	ERR_PEER_SELF,          /* our own key came back                    */
	ERR_NOT_KNOWN_THERE,    /* the host hung up on our identity         */
	ERR_VERIFY_THERE,    /* the peer says: digits wrong three times */
	ERR_VERIFY,             /* three wrong sets of digits               */
	ERR_VIOLATION,          /* a rule broken inside a verified frame    */

	/* the session and the suite */
	ERR_UNDELIVERED,
	ERR_INTRO,
	ERR_NO_PQ,              /* --pq, and the library has no X-Wing      */
	ERR_WORKER,             /* a worker died                            */

	/* the two older formats (docs/legacy.md) */
	ERR_LEGACY_LATIN1,      /* gcm: a letter above U+00FF               */
	ERR_LEGACY_NO_SALT,     /* gcm: the host has sent none              */
	ERR_LEGACY_LENGTH,      /* a length above FRAME_IN_MAX              */
	ERR_LEGACY_SHORT,       /* REMARK: an empty or short frame          */
	ERR_LEGACY_UNREADABLE,  /* REMARK: no token, or not by our key      */
	ERR_LEGACY_UTF8,        /* REMARK: opened, but not UTF-8            */
	ERR_LEGACY_KEY,         /* REMARK: three in a row, none ever read   */
	ERR_LEGACY_REKEY,       /* REMARK: new keys of another length       */
	ERR_LEGACY_CROSSED,     /* REMARK: texts before the peer's new keys */
	ERR_LEGACY_ABSENT,      /* REMARK: what this format has not got     */
	ERR_INTERRUPTED,        /* Ctrl-C before a chat                     */

	/* more of a code that is mistyped */
	ERR_CODE_SHORT,         /* fewer than ten letters                   */
	ERR_CODE_LONG,          /* more than ten                            */
	ERR_MEMORY,             /* none to stretch a secret in              */
	ERR_MAX
};

/* The program's exit codes (docs/man/secchat.1). */
enum exit_code {
	EXIT_OK          = 0,
	EXIT_INTERNAL    = 1,
	EXIT_USAGE       = 2,
	EXIT_CONFIG      = 3,
	EXIT_NETWORK     = 4,
	EXIT_AUTH        = 5,
	EXIT_UNDELIVERED = 6,
	EXIT_INTRO       = 7,
	EXIT_SANDBOX     = 8,
	EXIT_AUDIT       = 9,
	EXIT_NO_PRICES   = 10,
	EXIT_FILE        = 11,
	EXIT_INTERRUPT   = 130,
	EXIT_TERM        = 143,
};
/* clang-format on */

/*
 * What happened, for a person: a lower-case clause without a full stop, e.g.
 * "the key file can be read by others".  err is one of enum err, positive or
 * negated; an unknown one gives a sentence that says so.  Static storage.
 */
const char *err_text(int err);

/* What to do next, a whole sentence, or "" when there is nothing to say. */
const char *err_next(int err);

/* The exit code that goes with an error. */
int err_exit(int err);

/* The constant's name, "ERR_AUTH", for logs and tests. */
const char *err_name(int err);

#endif
