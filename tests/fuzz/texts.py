"""Inputs for the fuzzers of records and texts: prices, settings, people, the
older formats.
"""
from acts import str8, u8, u16, u32, u64

# Prices: a coin is whether it has a price and a change, and both.
BTC = (3, 650001, -1, 124, 1767225600)
FREE = (0, 0, 0, 0, 0)
(VALUES, FAILED, AUTO, BAR, SLOWED, OTHER, ASKING, SAMPLE) = (
    1 << n for n in range(8))
NEVER = 0xffffffff


def quote(coin):
    has, digits, exp, change, when = coin
    return (u8(has) + u64(digits) + u8(exp & 0xff) +
            u32(change & 0xffffffff) + u64(when))


def price_table(show=0, flags=VALUES, coins=(BTC,) * 4, reason=0, http=0,
                also=0, also_http=0, ages=(1, 1, 1, 1), future=0, samples=9,
                provider=0, after=60):
    return (u8(show) + u8(flags) + u8(provider) + u8(reason) + u8(0) +
            u16(http) + u8(also) + u8(2) + u16(also_http) + u32(5) +
            u32(after) + u32(300) + u8(0) + b"".join(
                quote(c) + u32(a) + u8(future) for c, a in zip(coins, ages)) +
            u8(samples) + bytes(n % 9 for n in range(96)))


def price_answer(status=0, http=200, coins=(BTC,) * 4, wait=0):
    return u8(status) + u16(http) + u32(wait) + b"".join(
        quote(c) for c in coins)


COINS = [BTC, FREE, (1, 99999999999, 1, 0, 9), (3, 1, 0, -550, 9),
         (3, 12345678, -9, 0, 9), (3, 123456, -3, 1, 9), (3, 1, -12, 1, 9),
         (3, 999999999999999999, -7, 100000, 9), (3, 5, 3, -1, 9),
         (2, 0, 0, 7, 9)]
WRONG = [(3, 0, 0, 0, 0), (0, 5, 0, 0, 0), (1, 5, 0, 9, 0), (4, 0, 0, 0, 0),
         (3, 10 ** 19, 0, 0, 0), (1, 5, 0, 0, 1 << 60), (1, 5, 100, 0, 0),
         (3, 5, 0, -0x80000000, 0), (3, 5, 0, 0x7fffffff, 0)]


def price_record_seeds():
    for flags in (0, VALUES, VALUES | BAR, BAR, VALUES | FAILED | BAR, FAILED,
                  VALUES | AUTO, VALUES | AUTO | ASKING | SLOWED,
                  VALUES | AUTO | FAILED, VALUES | OTHER | SAMPLE,
                  FAILED | ASKING, 255):
        for show in (0, 1, 2):
            yield f"flags{flags}-{show}", price_table(show, flags)
            yield f"again{flags}-{show}", price_table(
                show, flags, after=0, reason=2, http=503, also=2,
                also_http=500, samples=1)
            yield f"never{flags}-{show}", price_table(
                show, flags, after=NEVER, reason=2, http=200, also=3,
                samples=0, future=1)
    for n in range(len(COINS)):
        four = tuple(COINS[(n + i) % len(COINS)] for i in range(4))
        for show in (0, 1):
            yield f"coins{n}-{show}", price_table(
                show, VALUES | BAR, four, ages=(NEVER, 9999, 0, 601),
                provider=n % 3)
            yield f"one{n}-{show}", price_table(
                show, VALUES | BAR, (COINS[n],) * 4, ages=(NEVER,) * 4)
        yield f"answer{n}", price_answer(coins=four)
    for i, coin in enumerate(WRONG):
        yield f"wrong{i}", price_table(coins=(coin, BTC, FREE, FREE))
        yield f"wrong-answer{i}", price_answer(coins=(coin, BTC, FREE, FREE))
    for at, value in ((0, 3), (2, 9), (3, 99), (4, 9), (7, 9), (8, 99),
                      (23, 9), (132, 60), (133, 99)):
        table = bytearray(price_table())
        table[at] = value
        yield f"unsound{at}", bytes(table)
    yield "failed", price_answer(1, 429, (FREE,) * 4, 30)
    yield "failed-prices", price_answer(1)
    yield "none", price_answer(0, 200, (FREE,) * 4)
    yield "status", price_answer(99, 0, (FREE,) * 4)
    yield "short", price_table()[:-1]
    yield "long", price_answer() + b"x"


SEEDS = {"price_record": price_record_seeds}
