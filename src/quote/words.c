/*
 * Who can be asked, and what is said about how it went: the only words that
 * ever stand beside a price.
 */
#include <stdio.h>

#include "secchat/prices.h"
#include "secchat/util.h"

/* clang-format off */
const struct provider_row provider_rows[PRICE_PROVIDERS] = {
[PRICE_COINGECKO] = { "coingecko", "api.coingecko.com",
  "/api/v3/simple/price?ids=bitcoin,dogecoin,ethereum,solana"
  "&vs_currencies=usd&include_24hr_change=true&include_last_updated_at=true",
  "24 h", "Data provided by CoinGecko" },
[PRICE_BITFINEX]  = { "bitfinex", "api-pub.bitfinex.com",
  "/v2/tickers?symbols=tBTCUSD,tETHUSD,tSOLUSD,tDOGE:USD",
  "24 h", "Data from Bitfinex" },
[PRICE_KRAKEN]    = { "kraken", "api.kraken.com",
  "/0/public/Ticker?pair=XBTUSD,ETHUSD,SOLUSD,XDGUSD",
  "since 00:00 UTC", "Data from Kraken" },
};

const char *const coin_names[PRICE_COINS] = { "BTC", "ETH", "SOL", "DOGE" };

/* Read behind the provider's name: "coingecko ...". */
static const struct {
	const char *word, *text;
} status_rows[PRICE_STATUSES] = {
[PRICE_OK]              = { "ok",        "answered" },
[PRICE_RATE]            = { "rate",      "said \"too many requests\"" },
[PRICE_HTTP]            = { "http",      "refused" },
[PRICE_REDIRECT]        = { "redirect",  "pointed to another address, which "
					 "is not followed" },
[PRICE_TYPE]            = { "type",      "sent something that is not a price "
					 "answer" },
[PRICE_ENCODED]         = { "encoded",   "sent a compressed answer, which was "
					 "not asked for" },
[PRICE_TOO_BIG]         = { "big",       "sent too much" },
[PRICE_EMPTY]           = { "empty",     "sent an empty answer" },
[PRICE_FORMAT]          = { "format",    "sent an answer that makes no sense" },
[PRICE_NO_DATA]         = { "no-data",   "sent an answer without prices" },
[PRICE_REFUSED]         = { "refused",   "answered with an error" },
[PRICE_CERT]            = { "cert",      "has a certificate that is not "
					 "trusted" },
[PRICE_EXPIRED]         = { "expired",   "has a certificate that is not valid "
					 "at this time" },
[PRICE_NAME]            = { "name",      "has a certificate for another name" },
[PRICE_TLS]             = { "tls",       "does not speak TLS 1.2 or newer" },
[PRICE_TIMEOUT]         = { "timeout",   "did not answer in time" },
[PRICE_CUT]             = { "cut",       "broke off in the middle" },
[PRICE_PROTOCOL]        = { "protocol",  "does not speak HTTP" },
[PRICE_NO_CA]           = { "no-ca",     "cannot be checked: there are no "
					 "certificates to check with" },
[PRICE_INTERNAL]        = { "internal",  "could not be asked" },
[PRICE_LOOKUP]          = { "lookup",    "cannot be looked up" },
[PRICE_CONNECT]         = { "connect",   "cannot be reached" },
[PRICE_CONNECT_TIMEOUT] = { "connect-timeout", "cannot be reached in time" },
[PRICE_PROXY]           = { "proxy",     "cannot be reached through the "
					 "proxy" },
[PRICE_DIED]            = { "died",      "could not be asked: a process of "
					 "ours died" },
[PRICE_ALL_OFF]         = { "off",       "and the others are switched off "
					 "until the next start" },
};
/* clang-format on */

const char *
price_status_text(unsigned status)
{
	return status < PRICE_STATUSES ? status_rows[status].text : "?";
}

const char *
price_status_word(unsigned status)
{
	return status < PRICE_STATUSES ? status_rows[status].word : "?";
}

void
span_text(char out[SPAN_TEXT], uint32_t s)
{
	if (s < 120)
		snprintf(out, SPAN_TEXT, "%u s", s);
	else if (s < 7200)
		snprintf(out, SPAN_TEXT, "%u min", s / 60);
	else if (s < 172800)
		snprintf(out, SPAN_TEXT, "%u h", s / 3600);
	else
		snprintf(out, SPAN_TEXT, "%u d", s / 86400);
}
