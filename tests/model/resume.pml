/*
 * secchat/1 over a network that loses connections: acknowledgement, rekey and
 * RESUME, as docs/protocol.md has them, for Spin.
 *
 * Two peers, J and H, and everything that can happen between them: any
 * connection breaks at any moment, in both directions or in one; each side
 * notices that when it likes, before or after it has read what was on its
 * way; what the joiner sent on a connection that it has given up may arrive
 * much later.  Secrets are numbers, and a frame is readable by who has its
 * epoch.  tests/system/model.py runs it, and names the properties.
 *
 * Bounds, by -D: TEXTS_J, TEXTS_H (texts of each side), REKEYS (requests in
 * all), CUTS (connections that break), CAP (frames on their way, each
 * direction).  Everything that happens uses one of them up, so that every run
 * is finite: what is true at the end of all runs will come true.
 *
 * The environment variable MUTATION takes one rule away, by its number below.
 */
#ifndef TEXTS_J
#define TEXTS_J 2
#endif
#ifndef TEXTS_H
#define TEXTS_H 1
#endif
#ifndef REKEYS
#define REKEYS 1
#endif
#ifndef CUTS
#define CUTS 2
#endif
#ifndef CAP
#define CAP 2
#endif

/* What is sent anew: what has not been confirmed, or not even received. */
bool repeats;

/* The one rule that is taken away; 0: none. */
byte without;
#define WITHOUT(n) (without == n)

/* The rules that can be taken away. */
#define OLD_SECRET_UNTIL_SWITCH 1
#define SEL_UNTIL_OPEN          2
#define SEND_ANEW               3
#define ACK_WHEN_SHOWN          4
#define LOOK_AGAIN_AT_F3        5
#define CLOSE_OTHERS_AT_N1      6
#define CLOSE_LIVE_AT_N1        7 /* it is paused, and goes on later */
#define DROP_REPEATS            8
#define SWITCH_IS_LAST          9

#define J 0
#define H 1
/* A late N1 of an attempt that was given up may cost the present one too. */
#define CONNS  (2 * CUTS + 1)
#define EPOCHS (REKEYS + 1)
#define NOBODY 255

/* The resume secret of epoch n of connection k, and sets of them. */
#define RS(k, n)   ((k) * EPOCHS + (n))
#define SET(rs)    (1 << (rs))
#define HAS(s, rs) (((s) >> (rs)) & 1)

mtype = { HELLO_J, HELLO_H, N1, N2, OPEN, MSG, ACK, REKEY, SWITCH };

/*
 * wire[2k + me] is what `me` has sent on connection k.  Frames: the epoch
 * that can read them, ack, and two numbers of their own.
 */
chan wire[2 * CONNS] = [CAP] of { mtype, byte, byte, byte, byte };
bool broken[CONNS];    /* each side may notice */
bool deaf[2 * CONNS];  /* nothing more arrives of what `me` sends */
bool closed[2 * CONNS];
byte cuts = CUTS;
byte rekeys = REKEYS;

mtype = { DOWN, CALLING, PROVING, OPENING, LIVE };
typedef side {
	mtype state;
	byte conn;
	int rs;          /* the resume secrets that it holds */
	byte epoch;
	bool rekey_sent, rekey_got, switch_sent, switch_got;
	byte sent;       /* highest number sent on this connection */
	byte most;       /* highest ever sent */
	byte acked, received, shown;
	byte ack;        /* what its frames say: shown */
	byte written;    /* and have said */
	bool ack_due;
}
side p[2];

/* H's other connections: nothing heard, HELLO answered, N1 was right. */
mtype = { NEW, ANSWERED, PROVED, GONE };
mtype door[CONNS];
byte sel[CONNS];
bool paused;             /* the live one; only without CLOSE_LIVE_AT_N1 */
byte said;               /* the ack in the OPEN of that other one */

#define TEXTS(me)    ((me) == J -> TEXTS_J : TEXTS_H)
#define OUT(k, me)   wire[2 * (k) + (me)]
#define IN(k, me)    wire[2 * (k) + 1 - (me)]
#define DEAF(k, me)  (deaf[2 * (k) + (me)] || closed[2 * (k) + 1 - (me)])
#define ROOM(k, me)  (DEAF(k, me) || len(OUT(k, me)) < CAP)
#define MAY_BE_LOST(k, me) (broken[k] || closed[2 * (k) + 1 - (me)])
#define UP(me)       (p[me].state == LIVE && (me == J || !paused))
#define TX(me)       (p[me].epoch + (p[me].switch_sent && \
	!WITHOUT(SWITCH_IS_LAST)))
#define RX(me)       (p[me].epoch + p[me].switch_got)

/* The property COMMON SECRET, after every change of what somebody holds. */
#define COMMON_SECRET assert((p[J].rs & p[H].rs) != 0)

inline put(on, who, what, w, x, y, z)
{
	if
	:: DEAF(on, who)
	:: else -> OUT(on, who)!what(w, x, y, z)
	fi
}

inline frame(me, type, first, second)
{
	put(p[me].conn, me, type, TX(me), p[me].ack, first, second);
	p[me].written = p[me].ack;
	p[me].ack_due = false
}

/* Close an end: what was on its way to it is nobody's any more. */
inline shut(k, me)
{
	closed[2 * (k) + me] = true;
	do
	:: len(IN(k, me)) > 0 -> IN(k, me)?_, _, _, _, _
	:: else -> break
	od
}

inline no_rekey(me)
{
	p[me].rekey_sent = false;
	p[me].rekey_got = false;
	p[me].switch_sent = false;
	p[me].switch_got = false
}

/* ---- a live chat, the same for both ---- */

/* ACK NEVER ABOVE SHOWN, and never back, and never above what was sent. */
inline take_ack(me, ack)
{
	assert(ack <= p[1 - me].shown);
	assert(p[me].acked <= ack && ack <= p[me].most);
	p[me].acked = ack
}

/* NO VIOLATION: what OPEN must fulfil is fulfilled.  Then send anew from
 * what the other is without, or from what it has not confirmed. */
inline take_open(me, ack, rx_next, tx_next)
{
	assert(ack < rx_next && rx_next <= p[me].most + 1);
	assert(tx_next >= p[me].received + 1);
	take_ack(me, ack);
	p[me].epoch = 0;
	no_rekey(me);
	p[me].state = LIVE;
	p[me].sent = (WITHOUT(SEND_ANEW) -> p[me].most :
	    (repeats -> p[me].acked : rx_next - 1))
}

inline derive(me)
{
	p[me].rs = (WITHOUT(OLD_SECRET_UNTIL_SWITCH) -> 0 : p[me].rs) |
	    SET(RS(p[me].conn, p[me].epoch + 1));
	COMMON_SECRET
}

inline next_epoch(me)
{
	p[me].epoch++;
	no_rekey(me)
}

/* EXACTLY ONCE, IN ORDER: the text is the next one. */
inline take_text(me, mseq, text)
{
	assert(0 < mseq && mseq <= p[me].received + 1);
	if
	:: mseq > p[me].received || WITHOUT(DROP_REPEATS) ->
		p[me].received++;
		assert(text == p[me].received && text <= TEXTS(1 - me));
		if
		:: WITHOUT(ACK_WHEN_SHOWN) -> p[me].ack = p[me].received
		:: else
		fi
	:: else -> p[me].ack_due = true
	fi
}

/* The front end has confirmed one more. */
inline show_one(me)
{
	p[me].shown++;
	p[me].ack = (p[me].shown > p[me].ack -> p[me].shown : p[me].ack)
}

/* SAME KEYS: whatever arrives on a live connection can be read. */
inline take_frame(me)
{
	IN(p[me].conn, me)?type, a, b, c, d;
	assert(type >= SWITCH && type <= MSG);
	assert(a == RX(me));
	take_ack(me, b);
	if
	:: type == MSG -> take_text(me, c, d)
	:: type == ACK
	:: type == REKEY ->
		assert(!p[me].rekey_got && c == p[me].epoch + 1);
		p[me].rekey_got = true;
		if
		:: p[me].rekey_sent -> derive(me)
		:: else
		fi
	:: type == SWITCH ->
		assert(p[me].rekey_sent && p[me].rekey_got &&
		    !p[me].switch_got);
		p[me].switch_got = true;
		p[me].rs = p[me].rs & ~SET(RS(p[me].conn, p[me].epoch));
		COMMON_SECRET;
		if
		:: p[me].switch_sent -> next_epoch(me)
		:: else
		fi
	fi
}

inline send_rekey(me)
{
	frame(me, REKEY, p[me].epoch + 1, 0);
	p[me].rekey_sent = true;
	if
	:: p[me].rekey_got -> derive(me)
	:: else
	fi
}

inline send_switch(me)
{
	frame(me, SWITCH, p[me].epoch + 1, 0);
	p[me].switch_sent = true;
	if
	:: p[me].switch_got -> next_epoch(me)
	:: else
	fi
}

inline send_text(me)
{
	p[me].sent++;
	p[me].most = (p[me].sent > p[me].most -> p[me].sent : p[me].most);
	frame(me, MSG, p[me].sent, p[me].sent)
}

#define CAN_SEND(me) (UP(me) && ROOM(p[me].conn, me))
#define HAS_SWITCH(me) \
	(p[me].rekey_sent && p[me].rekey_got && !p[me].switch_sent)

#define CHAT(me) \
	:: d_step { p[me].shown < p[me].received -> show_one(me) } \
	:: d_step { UP(me) && len(IN(p[me].conn, me)) > 0 -> take_frame(me) } \
	:: d_step { CAN_SEND(me) && p[me].sent < TEXTS(me) -> \
		send_text(me) } \
	:: d_step { CAN_SEND(me) && (p[me].ack_due || \
		p[me].ack > p[me].written) -> frame(me, ACK, 0, 0) } \
	:: d_step { CAN_SEND(me) && rekeys > 0 && !p[me].rekey_sent && \
		!p[me].rekey_got && !p[me].switch_got -> \
		rekeys--; send_rekey(me) } \
	:: d_step { CAN_SEND(me) && p[me].rekey_got && !p[me].rekey_sent -> \
		send_rekey(me) } \
	:: d_step { CAN_SEND(me) && HAS_SWITCH(me) -> send_switch(me) }

/* ---- the joiner ---- */

/* Of what it holds: the youngest first, perhaps an older one. */
inline youngest(set, out)
{
	out = CONNS * EPOCHS - 1;
	do
	:: !HAS(set, out) -> out--
	:: else -> break
	od
}

/* It closes and forgets an attempt before it starts the next. */
inline redial()
{
	shut(p[J].conn, J);
	p[J].conn++;
	p[J].state = CALLING;
	youngest(p[J].rs, a);
	if
	:: (p[J].rs & ~SET(a)) == 0 -> b = NOBODY
	:: else -> youngest(p[J].rs & ~SET(a), b)
	fi;
	put(p[J].conn, J, HELLO_J, a, b, 0, 0)
}

inline joiner_opens()
{
	p[J].rs = SET(RS(p[J].conn, 0));
	COMMON_SECRET;
	p[J].epoch = 0;
	no_rekey(J);
	p[J].state = OPENING;
	frame(J, OPEN, p[J].received + 1, p[J].most + 1)
}

proctype joiner()
{
	mtype type;
	byte a, b, c, d;

end:	do
	CHAT(J)
	:: d_step { p[J].state != DOWN && MAY_BE_LOST(p[J].conn, J) &&
		p[J].conn + 1 < CONNS -> redial() }
	:: d_step { p[J].state == CALLING && len(IN(p[J].conn, J)) > 0 ->
		IN(p[J].conn, J)?HELLO_H, _, _, _, _;
		p[J].state = PROVING;
		put(p[J].conn, J, N1, 0, 0, 0, 0) }
	:: d_step { p[J].state == PROVING && len(IN(p[J].conn, J)) > 0 ->
		IN(p[J].conn, J)?N2, _, _, _, _;
		joiner_opens() }
	:: d_step { p[J].state == OPENING && len(IN(p[J].conn, J)) > 0 ->
		IN(p[J].conn, J)?OPEN, _, b, c, d;
		take_open(J, b, c, d) }
	od
}

/* ---- the host ---- */

inline host_closes(k)
{
	shut(k, H);
	door[k] = GONE;
	sel[k] = 0
}

inline host_loses(which)
{
	if
	:: door[which] == LIVE -> p[H].state = DOWN; no_rekey(H);
		p[H].epoch = 0
	:: door[which] == PROVED -> paused = false
	:: else
	fi;
	host_closes(which)
}

inline answer(k)
{
	OUT(k, J)?HELLO_J, a, b, _, _;
	if
	:: HAS(p[H].rs, a) -> sel[k] = a; door[k] = ANSWERED
	:: else ->
		if
		:: b != NOBODY && HAS(p[H].rs, b) ->
			sel[k] = b; door[k] = ANSWERED
		:: else -> host_closes(k)
		fi
	fi;
	if
	:: door[k] == ANSWERED -> put(k, H, HELLO_H, 0, 0, 0, 0)
	:: else
	fi
}

/* N1 was right.  It keeps what the joiner may still hold, and no other. */
inline host_opens(k)
{
	p[H].rs = (WITHOUT(SEL_UNTIL_OPEN) -> 0 : SET(sel[k])) |
	    SET(RS(k, 0));
	COMMON_SECRET;
	c = 0;
	do
	:: c < CONNS && !WITHOUT(CLOSE_OTHERS_AT_N1) && c != k &&
	    (door[c] == ANSWERED || door[c] == PROVED) ->
		host_closes(c); c++
	:: c < CONNS && (WITHOUT(CLOSE_OTHERS_AT_N1) || c == k ||
	    (door[c] != ANSWERED && door[c] != PROVED)) -> c++
	:: c >= CONNS -> break
	od;
	if
	:: p[H].state == LIVE && !WITHOUT(CLOSE_LIVE_AT_N1) ->
		host_loses(p[H].conn)
	:: p[H].state == LIVE && WITHOUT(CLOSE_LIVE_AT_N1) -> paused = true
	:: p[H].state != LIVE
	fi;
	door[k] = PROVED;
	put(k, H, N2, 0, 0, 0, 0);
	said = p[H].ack;
	put(k, H, OPEN, 0, said, p[H].received + 1, p[H].most + 1)
}

inline prove(k)
{
	OUT(k, J)?N1, _, _, _, _;
	if
	:: HAS(p[H].rs, sel[k]) || WITHOUT(LOOK_AGAIN_AT_F3) ->
		host_opens(k)
	:: else -> host_closes(k)
	fi
}

/* OPEN_J: now, and not before, it replaces the live one. */
inline replace(k)
{
	OUT(k, J)?OPEN, _, b, c, d;
	if
	:: p[H].state == LIVE && p[H].conn != k -> host_closes(p[H].conn)
	:: else
	fi;
	paused = false;
	p[H].conn = k;
	p[H].rs = SET(RS(k, 0));
	COMMON_SECRET;
	p[H].written = said;
	p[H].ack_due = false;
	door[k] = LIVE;
	take_open(H, b, c, d)
}

#define FROM(k) (len(OUT(k, J)) > 0)

#define DOOR(k) \
	:: d_step { door[k] == NEW && FROM(k) -> answer(k) } \
	:: d_step { door[k] == ANSWERED && FROM(k) -> prove(k) } \
	:: d_step { door[k] == PROVED && FROM(k) -> replace(k) } \
	:: d_step { door[k] != GONE && MAY_BE_LOST(k, H) && \
		(door[k] != NEW || closed[2 * k + J]) -> host_loses(k) }

proctype host()
{
	mtype type;
	byte a, b, c, d;

end:	do
	CHAT(H)
	DOOR(0)
	DOOR(1)
	DOOR(2)
#if CUTS > 1
	DOOR(3)
	DOOR(4)
#endif
#if CUTS > 2
	DOOR(5)
	DOOR(6)
#endif
	od
}

/* ---- the network ---- */

proctype network()
{
	byte k;

end:	do
	:: d_step { cuts > 0 && !broken[p[J].conn] ->
		broken[p[J].conn] = true; cuts-- }
	:: d_step { broken[p[J].conn] && !deaf[2 * p[J].conn + J] ->
		deaf[2 * p[J].conn + J] = true }
	:: d_step { broken[p[J].conn] && !deaf[2 * p[J].conn + H] ->
		deaf[2 * p[J].conn + H] = true }
	od
}

/* EVERYTHING ARRIVES: where nothing can happen any more, all is done. */
#define DONE(me) (p[me].acked == TEXTS(me) && p[1 - me].shown == TEXTS(me))

proctype at_the_end()
{
	timeout -> assert(DONE(J) && DONE(H) && p[J].state == LIVE &&
	    p[H].state == LIVE && p[J].conn == p[H].conn &&
	    p[J].epoch == p[H].epoch && p[J].rs == p[H].rs)
}

/* A chat whose handshake has just ended: J has read N2, both owe OPEN. */
init {
	byte k;

	atomic {
		c_code {
			const char *number = getenv("MUTATION");

			now.without = number != NULL ? atoi(number) : 0;
		};
		if
		:: repeats = true
		:: repeats = false
		fi;
		p[J].rs = SET(RS(0, 0));
		p[H].rs = SET(RS(0, 0));
		p[J].state = OPENING;
		p[H].state = DOWN;
		door[0] = PROVED;
		for (k : 1 .. CONNS - 1) {
			door[k] = NEW
		}
		k = 0;
		OUT(0, J)!OPEN(0, 0, 1, 1);
		OUT(0, H)!OPEN(0, 0, 1, 1);
		run joiner();
		run host();
		run network();
		run at_the_end()
	}
}
