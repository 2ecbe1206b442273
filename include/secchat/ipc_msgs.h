/*
 * Every message that one process of the suite may send another, in one
 * table.  A reviewer reads here who may send what to whom on which link, how
 * small and how large it is, and whether a descriptor rides along.  What the
 * bodies hold is in docs/ipc.md; integers are big-endian, str8 is a string
 * behind one byte of length.
 *
 * The table is an X-macro so that the enumeration, the names and the checks
 * are one thing: X(name, number, from, link, min, max, descriptor).
 */
#ifndef SECCHAT_IPC_MSGS_H
#define SECCHAT_IPC_MSGS_H

#include "limits.h"

/* Who a process is.  UI is secchat-tty or secchat-script. */
enum ipc_role {
	ROLE_NONE = 0,
	ROLE_SUPER = 1,
	ROLE_CRYPTO = 2,
	ROLE_NET = 4,
	ROLE_UI = 8,
	ROLE_DIAL = 16,
	ROLE_PRICE = 32,
	ROLE_FILE = 64,
};

/* Which socketpair a message travels on. */
enum ipc_link_id {
	LINK_SUPER_CRYPTO,
	LINK_SUPER_NET,
	LINK_SUPER_UI,
	LINK_SUPER_DIAL,
	LINK_SUPER_PRICE,
	LINK_SUPER_FILE,
	LINK_UI_CRYPTO,
	LINK_CRYPTO_NET,
	LINK_CRYPTO_FILE,
	LINK_COUNT
};

/* Bit masks of links, for the one message that every worker sends. */
#define ON(l) (1u << (l))
#define ON_SUPER_ALL                                                      \
	(ON(LINK_SUPER_CRYPTO) | ON(LINK_SUPER_NET) | ON(LINK_SUPER_UI) | \
	    ON(LINK_SUPER_DIAL) | ON(LINK_SUPER_PRICE) | ON(LINK_SUPER_FILE))
#define ROLE_WORKER \
	(ROLE_CRYPTO | ROLE_NET | ROLE_UI | ROLE_DIAL | ROLE_PRICE | ROLE_FILE)

/* clang-format off */
#define IPC_MESSAGES(X) \
/* every worker: I am locked down and serving                                */ \
/* u32 applied, u32 missing (jail bits), u8 1 when the build is unconfined   */ \
X(READY,         1, ROLE_WORKER, ON_SUPER_ALL,          9, 9, 0) \
\
/* supervisor - crypto                                                       */ \
/* u8 peer role, u8 mode, u8 suite, u8 secret source, u8 flags (START_*),    */ \
/* u32 texts and u32 ms until new keys (0: as limits.h says), str8 own name  */ \
X(CRYPTO_START, 10, ROLE_SUPER,  ON(LINK_SUPER_CRYPTO), 14, 14 + NAME_MAX_LOCAL, 0) \
/* u32 caps, u8 key memory, u8 fingerprint?, sha256[32], old[8], str8 the    */ \
/* libsodium it was built with                                               */ \
X(CRYPTO_INFO,  11, ROLE_CRYPTO, ON(LINK_SUPER_CRYPTO), 47, 47 + LIBRARY_TEXT, 0) \
/* now read the line on SECRET_FD; in ID there is none, and the answer says  */ \
/* that every PEER_KNOWN before it has been read                             */ \
X(READ_SECRET,  12, ROLE_SUPER,  ON(LINK_SUPER_CRYPTO), 0, 0, 0) \
/* u16 error (0: read and derived), u8 warnings                              */ \
X(SECRET_READ,  13, ROLE_CRYPTO, ON(LINK_SUPER_CRYPTO), 3, 3, 0) \
/* leave in order: u8 why                                                    */ \
X(CRYPTO_CLOSE, 14, ROLE_SUPER,  ON(LINK_SUPER_CRYPTO), 1, 1, 0) \
/* u8 event (SESSION_*), u32 value                                           */ \
X(SESSION,      15, ROLE_CRYPTO, ON(LINK_SUPER_CRYPTO), 5, 5, 0) \
/* the session is over: u16 error, u32 undelivered, u8 the peer left         */ \
X(CRYPTO_END,   16, ROLE_CRYPTO, ON(LINK_SUPER_CRYPTO), 7, 7, 0) \
/* a remembered person: u8 flags (PEER_*), public key[32], str8 name         */ \
X(PEER_KNOWN,   17, ROLE_SUPER,  ON(LINK_SUPER_CRYPTO), 34, 34 + NAME_MAX_LOCAL, 0) \
/* who came: u8 what (MET_*), u8 verified, public key[32], fingerprint[50],  */ \
/* str8 name as remembered or "", str8 fingerprint of the remembered key     */ \
/* when that is another one, else "", str8 name as claimed or ""             */ \
X(PEER_MET,     18, ROLE_CRYPTO, ON(LINK_SUPER_CRYPTO), 34 + PRINT_LEN + 3, 34 + 2 * PRINT_LEN + 3 + NAME_MAX_LOCAL + NICK_MAX, 0) \
\
/* supervisor - net: the only link that carries sockets                      */ \
X(NET_LISTENER, 20, ROLE_SUPER,  ON(LINK_SUPER_NET),    0, 0, 1) \
/* str8 address of the peer; the socket is connected                         */ \
X(NET_DIALLED,  21, ROLE_SUPER,  ON(LINK_SUPER_NET),    1, 1 + ADDR_TEXT_MAX, 1) \
/* u32 accepted, evicted, timed out, over the limit, no slot                 */ \
X(NET_COUNTERS, 22, ROLE_NET,    ON(LINK_SUPER_NET),    20, 20, 0) \
\
/* supervisor - dial: one question, one answer                               */ \
/* u8 what (DIAL_*), u16 port, str8 host                                     */ \
X(DIAL_REQUEST, 30, ROLE_SUPER,  ON(LINK_SUPER_DIAL),   4, 4 + HOST_TEXT_MAX, 0) \
/* the socket; str8 its address, str8 this computer's own address or ""      */ \
X(DIAL_OK,      31, ROLE_DIAL,   ON(LINK_SUPER_DIAL),   2, 2 + 2 * ADDR_TEXT_MAX, 1) \
/* u16 error, u32 errno, u8 EAI code made positive, str8 address tried       */ \
X(DIAL_FAILED,  32, ROLE_DIAL,   ON(LINK_SUPER_DIAL),   8, 8 + ADDR_TEXT_MAX, 0) \
/* before the question: through this SOCKS5 proxy; u8 kind (PROXY_*),        */ \
/* u16 port, str8 its host, or its path with PROXY_UNIX                      */ \
X(DIAL_PROXY,   33, ROLE_SUPER,  ON(LINK_SUPER_DIAL),   5, 4 + HOST_TEXT_MAX, 0) \
\
/* supervisor - price: one question on the socket that it was born with,     */ \
/* one answer of fixed size                                                  */ \
/* u8 provider, u32 ms for all of it, u16 port, str8 host, str8 path prefix, */ \
/* str8 API key or ""                                                        */ \
X(PRICE_REQUEST, 90, ROLE_SUPER, ON(LINK_SUPER_PRICE),  10, 10 + HOST_TEXT_MAX + PRICE_PREFIX_MAX + PRICE_KEY_MAX, 0) \
/* u8 status (PRICE_*), u16 HTTP status, u32 Retry-After in s, and for each  */ \
/* of the four coins u8 what there is, u64 digits, u8 exponent, u32 change   */ \
/* in hundredths of a per cent, u64 time                                     */ \
X(PRICE_ANSWER, 91, ROLE_PRICE,  ON(LINK_SUPER_PRICE),  PRICE_ANSWER_SIZE, PRICE_ANSWER_SIZE, 0) \
\
/* supervisor - front end                                                    */ \
/* u32 flags (UIF_*), u8 peer role, u8 mode, u32 intro, u8 accepted,         */ \
/* str8 key fingerprint or "", u16 n, n bytes of struct termios (n may be    */ \
/* 0), str8 the host as the joiner named it or "", u32 which chat, from 1    */ \
X(UI_START,     40, ROLE_SUPER,  ON(LINK_SUPER_UI),     19, 1024, 0) \
/* str8 address, u16 port, str8 hint                                         */ \
X(UI_LISTENING, 41, ROLE_SUPER,  ON(LINK_SUPER_UI),     4, 4 + 2 * ADDR_TEXT_MAX, 0) \
/* a line to show: u8 kind (NOTE_*), the text                                */ \
X(UI_NOTE,      42, ROLE_SUPER,  ON(LINK_SUPER_UI),     1, 1 + SENTENCE_MAX, 0) \
/* u8 exit code, u32 undelivered, u16 length and what, u16 length and next   */ \
X(UI_END,       43, ROLE_SUPER,  ON(LINK_SUPER_UI),     9, 9 + 2 * SENTENCE_MAX, 0) \
/* prices: u8 what (WANT_*)                                                  */ \
X(UI_ASK_PRICES, 92, ROLE_UI,    ON(LINK_SUPER_UI),     1, 1, 0) \
/* what there is to show; docs/prices.md has its fields                      */ \
X(UI_PRICES,    93, ROLE_SUPER,  ON(LINK_SUPER_UI),     PRICE_TABLE_SIZE, PRICE_TABLE_SIZE, 0) \
/* u8 why (QUIT_*), u32 texts that crypto has not been given                 */ \
X(UI_QUIT,      44, ROLE_UI,     ON(LINK_SUPER_UI),     5, 5, 0) \
/* after UI_END: where standard input was left: u8 1 inside a line, 0 not    */ \
X(UI_INPUT,     49, ROLE_UI,     ON(LINK_SUPER_UI),     1, 1, 0) \
/* a standard stream failed: u8 its descriptor (0 or 1), u32 errno           */ \
X(UI_STREAM,    86, ROLE_UI,     ON(LINK_SUPER_UI),     5, 5, 0) \
/* calling again: u32 which try, u32 ms until it (0: now), str8 why the last */ \
/* one failed or ""                                                          */ \
X(UI_RETRY,     45, ROLE_SUPER,  ON(LINK_SUPER_UI),     9, 9 + 255, 0) \
/* call now, do not wait                                                     */ \
X(UI_REDIAL,    46, ROLE_UI,     ON(LINK_SUPER_UI),     0, 0, 0) \
/* what to call the other person from now on                                 */ \
X(UI_NAME,      47, ROLE_UI,     ON(LINK_SUPER_UI),     1, NAME_MAX_LOCAL, 0) \
/* so it is: u8 1 when it is remembered, 0 for this chat alone, the name     */ \
X(UI_NAMED,     48, ROLE_SUPER,  ON(LINK_SUPER_UI),     2, 1 + NAME_MAX_LOCAL, 0) \
/* Ctrl-Z: the terminal is as it was and is left alone; stop us              */ \
X(UI_SUSPEND,   82, ROLE_UI,     ON(LINK_SUPER_UI),     0, 0, 0) \
/* leave the terminal alone and answer UI_SUSPEND: u8 1 when it is somebody  */ \
/* else's already, 0 when it is to be made as it was first                   */ \
X(UI_PAUSE,     83, ROLE_SUPER,  ON(LINK_SUPER_UI),     1, 1, 0) \
/* it is ours again, perhaps in another size: u8 1, or 0 when nothing could  */ \
/* be stopped                                                                */ \
X(UI_RESUME,    84, ROLE_SUPER,  ON(LINK_SUPER_UI),     1, 1, 0) \
\
/* front end - supervisor, files                                             */ \
/* send this: u32 what the front end calls it (not 0), the path as typed     */ \
X(UI_FILE_SEND, 100, ROLE_UI,    ON(LINK_SUPER_UI),     5, 4 + FILE_PATH_MAX, 0) \
/* take the offered file: u32 its number (0: the only one that is offered),  */ \
/* the name to save it under or nothing                                      */ \
X(UI_FILE_ACCEPT, 101, ROLE_UI,  ON(LINK_SUPER_UI),     4, 4 + 255, 0) \
/* do not take it, or go no further: u32 its number (0: the only one),       */ \
/* u8 FILE_WHY_DECLINED or FILE_WHY_CANCELLED                                */ \
X(UI_FILE_STOP, 102, ROLE_UI,    ON(LINK_SUPER_UI),     5, 5, 0) \
/* how a file stands: u32 its number (0: it never was one), u32 what the     */ \
/* front end called it or 0, u8 1 ours 0 theirs, u8 state (FILE_*), u8 why   */ \
/* (FILE_WHY_* or 0), u64 size, u64 done, u64 bytes a second, u32 seconds    */ \
/* left or ~0, str8 its name, cleaned, str8 what happened or "", the path    */ \
X(UI_FILE,     103, ROLE_SUPER,  ON(LINK_SUPER_UI),     41, 41 + FILE_NAME_MAX + 255 + FILE_PATH_MAX, 0) \
\
/* supervisor - crypto, files                                                */ \
/* offer this to the peer: u32 file, u64 size, str8 name                     */ \
X(FILE_OFFER,  110, ROLE_SUPER,  ON(LINK_SUPER_CRYPTO), 14, 13 + FILE_NAME_MAX, 0) \
/* u32 file: secchat-file is ready to write what was offered                 */ \
X(FILE_TAKE,   111, ROLE_SUPER,  ON(LINK_SUPER_CRYPTO), 4, 4, 0) \
/* it ends here, tell the peer: u32 file, u8 why (FILE_WHY_*)                */ \
X(FILE_STOP,   112, ROLE_SUPER,  ON(LINK_SUPER_CRYPTO), 5, 5, 0) \
/* u32 file: all of it is on the disk, under its name: confirm it            */ \
X(FILE_KEPT,   113, ROLE_SUPER,  ON(LINK_SUPER_CRYPTO), 4, 4, 0) \
/* the peer offers: u32 file, u64 size, str8 name as it came: UTF-8, no more */ \
X(FILE_OFFERED, 114, ROLE_CRYPTO, ON(LINK_SUPER_CRYPTO), 13, 13 + 255, 0) \
/* u32 file, u8 state (FILE_*), u8 why (FILE_WHY_* or 0), u64 bytes so far   */ \
X(FILE_STATE,  115, ROLE_CRYPTO, ON(LINK_SUPER_CRYPTO), 14, 14, 0) \
\
/* supervisor - file                                                         */ \
/* the descriptor is to be read: u32 file, u64 its size                      */ \
X(FILE_READ,   120, ROLE_SUPER,  ON(LINK_SUPER_FILE),   12, 12, 1) \
/* the descriptor is to be written: u32 file, u64 the size it will have      */ \
X(FILE_WRITE,  121, ROLE_SUPER,  ON(LINK_SUPER_FILE),   12, 12, 1) \
/* u32 file: no more of it; close it                                         */ \
X(FILE_DROP,   122, ROLE_SUPER,  ON(LINK_SUPER_FILE),   4, 4, 0) \
/* u32 file: it has it, and chunks may come or be asked for                  */ \
X(FILE_HAVE,   123, ROLE_FILE,   ON(LINK_SUPER_FILE),   4, 4, 0) \
/* u32 file: every byte is written and on the disk; it has closed it         */ \
X(FILE_WRITTEN, 124, ROLE_FILE,  ON(LINK_SUPER_FILE),   4, 4, 0) \
/* it cannot go on and has closed it: u32 file, u8 why, u32 errno or 0       */ \
X(FILE_FAILED, 125, ROLE_FILE,   ON(LINK_SUPER_FILE),   9, 9, 0) \
\
/* crypto - file: no text, no name and no path ever                          */ \
/* read these: u32 file, u64 offset, u32 how many bytes                      */ \
X(FILE_WANT,   130, ROLE_CRYPTO, ON(LINK_CRYPTO_FILE),  16, 16, 0) \
/* each FILE_WANT is answered once, in order: u32 file, u64 offset, as many  */ \
/* bytes, or none when there are none to be had                              */ \
X(FILE_CHUNK,  131, ROLE_FILE,   ON(LINK_CRYPTO_FILE),  12, 12 + FILE_CHUNK_MAX, 0) \
/* write these: u32 file, u64 offset, the bytes; a file's come in order      */ \
X(FILE_STORE,  132, ROLE_CRYPTO, ON(LINK_CRYPTO_FILE),  12, 12 + FILE_CHUNK_MAX, 0) \
/* u32 file, u64 offset: everything below it is written                      */ \
X(FILE_STORED, 133, ROLE_FILE,   ON(LINK_CRYPTO_FILE),  12, 12, 0) \
\
/* front end - crypto: the only link that carries text                       */ \
/* text; texts are counted from 1, in each session and each direction        */ \
X(UI_SEND,      50, ROLE_UI,     ON(LINK_UI_CRYPTO),    0, TEXT_MAX, 0) \
/* u64 n: the first n texts were shown                                       */ \
X(UI_SHOWN,     51, ROLE_UI,     ON(LINK_UI_CRYPTO),    8, 8, 0) \
X(UI_STATUS,    52, ROLE_UI,     ON(LINK_UI_CRYPTO),    0, 0, 0) \
/* new keys, please                                                          */ \
X(UI_REKEY,     53, ROLE_UI,     ON(LINK_UI_CRYPTO),    0, 0, 0) \
/* verify: nothing to be asked, or the six digits that were typed            */ \
X(UI_VERIFY,    54, ROLE_UI,     ON(LINK_UI_CRYPTO),    0, SAS_HALF, 0) \
/* RESTARTED was read: texts from here on belong to the new session          */ \
X(UI_RESTARTED, 55, ROLE_UI,     ON(LINK_UI_CRYPTO),    0, 0, 0) \
/* u8 1: pass what is sent as it is sealed, 0: do not any more               */ \
X(UI_WIRE,      56, ROLE_UI,     ON(LINK_UI_CRYPTO),    1, 1, 0) \
/* the one-time code as people read it                                       */ \
X(CODE,         60, ROLE_CRYPTO, ON(LINK_UI_CRYPTO),    CODE_TEXT, CODE_TEXT, 0) \
/* u8 mode, u8 suite, u8 verified, u32 epoch, str8 address, str8 claimed name*/ \
X(CONNECTED,    61, ROLE_CRYPTO, ON(LINK_UI_CRYPTO),    9, 9 + ADDR_TEXT_MAX + NICK_MAX, 0) \
/* u64 which text, the text                                                  */ \
X(TEXT,         62, ROLE_CRYPTO, ON(LINK_UI_CRYPTO),    8, 8 + TEXT_MAX, 0) \
/* u64 n: the first n texts were shown over there                            */ \
X(DELIVERED,    63, ROLE_CRYPTO, ON(LINK_UI_CRYPTO),    8, 8, 0) \
/* u8 link, u8 mode, u32 epoch, u32 undelivered, u32 rtt_ms or ~0            */ \
X(STATUS,       64, ROLE_CRYPTO, ON(LINK_UI_CRYPTO),    14, 14, 0) \
/* u32 failed attempts so far                                                */ \
X(ATTEMPT,      65, ROLE_CRYPTO, ON(LINK_UI_CRYPTO),    4, 4, 0) \
/* u8 event (LINKEV_*), u8 why (LOST_*, or 0), u32 ms: LOST: until the       */ \
/* session is given up; RESUMED: that it was lost; else 0                    */ \
X(LINK_EVENT,   66, ROLE_CRYPTO, ON(LINK_UI_CRYPTO),    6, 6, 0) \
/* both directions use new keys: u32 epoch, u8 why (REKEY_WHY_*)             */ \
X(REKEYED,      67, ROLE_CRYPTO, ON(LINK_UI_CRYPTO),    5, 5, 0) \
/* u8 state (VERIFY_*), u8 tries left, the six digits to read aloud          */ \
X(VERIFY,       68, ROLE_CRYPTO, ON(LINK_UI_CRYPTO),    2 + SAS_HALF, 2 + SAS_HALF, 0) \
/* who it is (ID, PAIR): u8 known before, u8 verified, fingerprint[50],      */ \
/* safety number[60], str8 name as remembered or "", str8 name as claimed    */ \
X(PEER,         69, ROLE_CRYPTO, ON(LINK_UI_CRYPTO),    114, 114 + NAME_MAX_LOCAL + NICK_MAX, 0) \
/* the other program was started anew: the session that was lost is over,    */ \
/* u32 texts of it were not confirmed, numbers begin at 1 again, CONNECTED   */ \
/* follows; texts are ignored until UI_RESTARTED                             */ \
X(RESTARTED,    80, ROLE_CRYPTO, ON(LINK_UI_CRYPTO),    4, 4, 0) \
/* a text as it was sealed: u64 which, u32 bytes of its frame, the first of  */ \
/* them                                                                      */ \
X(WIRE,         81, ROLE_CRYPTO, ON(LINK_UI_CRYPTO),    12, 12 + WIRE_SHOWN, 0) \
/* something to know that ends nothing: u16 error, u32 how often since the   */ \
/* last one of this kind                                                     */ \
X(REMARK,       85, ROLE_CRYPTO, ON(LINK_UI_CRYPTO),    6, 6, 0) \
\
/* crypto - net: u32 connection first, numbered by net from 1, never reused  */ \
/* u8 1 inbound, u8 1 over the attempt limit, str8 address                   */ \
X(CONN_OPEN,    70, ROLE_NET,    ON(LINK_CRYPTO_NET),   7, 7 + ADDR_TEXT_MAX, 0) \
X(FRAME_IN,     71, ROLE_NET,    ON(LINK_CRYPTO_NET),   4, 4 + FRAME_IN_MAX, 0) \
/* u8 why (LOST_*)                                                           */ \
X(CONN_LOST,    72, ROLE_NET,    ON(LINK_CRYPTO_NET),   5, 5, 0) \
/* u32 frames that have left for the network                                 */ \
X(CREDIT,       73, ROLE_NET,    ON(LINK_CRYPTO_NET),   8, 8, 0) \
/* u8 framing, u32 max, u8 n, u32 allowed[n]                                 */ \
X(EXPECT,       74, ROLE_CRYPTO, ON(LINK_CRYPTO_NET),   10, 10 + 8 * 4, 0) \
X(FRAME_OUT,    75, ROLE_CRYPTO, ON(LINK_CRYPTO_NET),   5, 4 + FRAME_WIRE_MAX, 0) \
/* as FRAME_OUT, for a frame of a file, which has a window of its own        */ \
X(BULK_OUT,    78, ROLE_CRYPTO, ON(LINK_CRYPTO_NET),   5, 4 + FRAME_WIRE_MAX, 0) \
/* u32 frames of files that have left for the network                        */ \
X(BULK_CREDIT, 79, ROLE_NET,    ON(LINK_CRYPTO_NET),   8, 8, 0) \
/* u8 1 when it failed to authenticate; what is queued leaves first          */ \
X(CONN_CLOSE,   76, ROLE_CRYPTO, ON(LINK_CRYPTO_NET),   5, 5, 0) \
/* authenticated: no handshake deadline any more                             */ \
X(CONN_PROMOTE, 77, ROLE_CRYPTO, ON(LINK_CRYPTO_NET),   4, 4, 0)

enum ipc_type {
#define X(name, number, from, link, min, max, fd) IPC_##name = number,
	IPC_MESSAGES(X)
#undef X
};

/* FILE_STATE, UI_FILE: how a file stands. */
enum { FILE_OFFERED = 1,        /* it waits for an answer */
	FILE_ACCEPTED,          /* and has it */
	FILE_MOVING,
	FILE_PAUSED,            /* there is no connection */
	/* all of it is written there (sender), or has come (receiver) */
	FILE_DONE,
	FILE_STOPPED };         /* why says the rest */

/*
 * Why a file goes no further.  Those below 32 are a FILE_CANCEL's reason on
 * the wire; an unknown one means FILE_WHY_CANCELLED.
 */
enum { FILE_WHY_DECLINED = 1,   /* the person did not want it */
	FILE_WHY_CANCELLED,     /* a person changed their mind */
	FILE_WHY_READ,          /* the sender cannot read it any more */
	FILE_WHY_CHANGED,       /* it has changed while it was sent */
	FILE_WHY_WRITE,         /* the receiver cannot write it */
	FILE_WHY_FULL,          /* the receiver's disk is full */
	FILE_WHY_MANY,          /* too many at once */
	FILE_WHY_ENDED = 32,    /* the session is over */
	FILE_WHY_PATH,          /* it cannot be opened, or is no file */
	FILE_WHY_NONE };        /* no such number, or not in that state */

/* Modes and suites as they stand on the wire (docs/protocol.md). */
enum { MODE_PASS = 1, MODE_KEY = 2, MODE_ID = 3, MODE_PAIR = 4,
	MODE_RESUME = 0x10 };
/* Those of other formats (docs/legacy.md), which stand on no wire. */
enum { MODE_FERNET = 8, MODE_GCM = 9 };
enum { SUITE_1 = 1, SUITE_2 = 2 };
enum { PEER_JOINER = 0, PEER_HOST = 1 };

/* CRYPTO_START: where the secret comes from. */
enum { SECRET_KEYFILE = 1,      /* 44 characters on SECRET_FD, read at once */
	SECRET_CODE,            /* a line on SECRET_FD: a one-time code     */
	SECRET_PASSPHRASE,      /* a line on SECRET_FD                      */
	SECRET_MAKE_CODE,       /* crypto makes a code and sends CODE       */
	SECRET_NONE };          /* ID: only the identity on FD_IDENTITY     */

/* CRYPTO_START flags. */
enum { START_ACCEPT_NEW = 1,    /* ID: an unknown key is taken as it comes */
	START_WAIT = 2 };       /* joiner: a call may be repeated          */

/* PEER_KNOWN flags; PEER_MET what. */
enum { PEER_VERIFIED = 1, PEER_EXPECTED = 2 };
enum { MET_KNOWN = 1, MET_NEW, MET_VERIFIED, MET_UNKNOWN, MET_CHANGED };

/* VERIFY states. */
enum { VERIFY_ASK = 1, VERIFY_OK, VERIFY_WRONG, VERIFY_OWN };

/* SECRET_READ: warnings. */
enum { WARN_NOT_ASCII = 1, WARN_SHORT = 2 };

/* CRYPTO_INFO: what the session can do, so that the front end never offers
 * what a worker has not got. */
enum { CAP_RECEIPTS = 1, CAP_REKEY = 2, CAP_VERIFY = 4, CAP_RESUME = 8,
	CAP_FILES = 16, CAP_PQ = 32,
	CAP_FORWARD = 64        /* old keys are of no use: forward secrecy */ };
enum { KEYMEM_SODIUM = 0, KEYMEM_MEMFD_SECRET = 1 };

/* SESSION events, and their value. */
enum { SESSION_CONNECTED = 1,
	SESSION_ATTEMPT_FAILED, /* how many so far */
	SESSION_LOST,           /* ms until it is given up; a joiner calls again */
	SESSION_RETRY,          /* ERR_*: the call came to nothing; call again */
	SESSION_RESUMED };      /* ms that it was lost */

/* CRYPTO_CLOSE and UI_QUIT: why. */
enum { QUIT_NOBODY = 0, /* UI_QUIT, after UI_END: only the number counts */
	QUIT_USER, QUIT_EOF, QUIT_INTERRUPT, QUIT_SIGNAL, QUIT_UI_GONE };

/* DIAL_REQUEST. */
enum { DIAL_CONNECT = 1, DIAL_LISTEN };

/* DIAL_PROXY. */
enum { PROXY_NONE = 0, PROXY_TCP, PROXY_UNIX };

/* CONN_LOST. */
enum { LOST_EOF = 1, LOST_RESET, LOST_TIMEOUT, LOST_LENGTH, LOST_EVICTED };

/* EXPECT framings. */
enum { FRAMING_RAW = 1, FRAMING_U16, FRAMING_U32 };

/* LINK_EVENT and STATUS link. */
enum { LINKEV_WAITING = 0, LINKEV_UP, LINKEV_LOST, LINKEV_RETRY,
	LINKEV_RESUMED, LINKEV_LEFT };

/* REKEYED: what asked for it. */
enum { REKEY_WHY_COUNT = 1, REKEY_WHY_TIME, REKEY_WHY_BYTES, REKEY_WHY_YOU,
	REKEY_WHY_PEER };

/* UI_START flags. */
enum { UIF_JSON = 1, UIF_QUIET = 2, UIF_VERBOSE = 4, UIF_NO_COLOR = 8,
	UIF_ASCII = 16, UIF_PLAIN = 32, UIF_SANDBOX_REDUCED = 64,
	UIF_CODE_COMES = 128, /* crypto makes a code and will send it */
	UIF_PASSPHRASE = 256, /* the secret is a passphrase, not a code */
	UIF_PQ = 512, /* suite 2 */
	UIF_EASTERN = 1024, /* red is up, green is down */
	UIF_BLUE_ORANGE = 2048, /* neither red nor green */
	/* what this chat's format has not got: CRYPTO_INFO's missing caps */
	UIF_NO_RECEIPTS = 4096, /* DELIVERED: sent, and no more is known */
	UIF_NO_REKEY = 8192,
	UIF_NO_VERIFY = 16384,
	UIF_NO_RESUME = 32768,
	UIF_NO_FORWARD = 65536,
	UIF_NO_FILES = 131072,
	UIF_INSIDE = 262144 /* stdin: in a line of the chat before this one */
};

/* UI_ASK_PRICES. */
enum { WANT_LOOK = 1, WANT_REFRESH, WANT_AUTO, WANT_NO_AUTO, WANT_BAR,
	WANT_NO_BAR, WANT_COUNT };

/* UI_NOTE kinds. */
enum { NOTE_INFO = 1, NOTE_WARN, NOTE_WORKER };
/* clang-format on */

#endif
