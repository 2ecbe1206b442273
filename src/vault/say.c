/*
 * The messages that every holder of secrets sends alike.
 */
#include "secchat/err.h"
#include "secchat/reader.h"
#include "secchat/vault.h"

void
vault_say_info(vault_send_fn *send, void *ctx, const struct vault_info *info)
{
	uint8_t body[47 + LIBRARY_TEXT];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, info->caps);
	put_u8(&w, info->key_memory);
	put_u8(&w, info->has_key ? 1 : 0);
	put_bytes(&w, info->sha256, sizeof info->sha256);
	put_bytes(&w, info->old, sizeof info->old);
	put_str8(&w, info->library);
	send(ctx, LINK_SUPER_CRYPTO, IPC_CRYPTO_INFO, NULL, 0, body, w.len);
}

void
vault_say_read(vault_send_fn *send, void *ctx, int error, uint8_t warnings)
{
	uint8_t body[3];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u16(&w, (uint16_t)(error < 0 ? -error : error));
	put_u8(&w, warnings);
	send(ctx, LINK_SUPER_CRYPTO, IPC_SECRET_READ, NULL, 0, body, w.len);
}

void
vault_say_status(vault_send_fn *send, void *ctx, uint8_t link, uint8_t mode,
    uint32_t epoch, uint32_t undelivered, uint32_t rtt_ms)
{
	uint8_t body[14];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u8(&w, link);
	put_u8(&w, mode);
	put_u32(&w, epoch);
	put_u32(&w, undelivered);
	put_u32(&w, rtt_ms);
	send(ctx, LINK_UI_CRYPTO, IPC_STATUS, NULL, 0, body, w.len);
}

void
vault_say_conn_close(vault_send_fn *send, void *ctx, uint32_t conn, int failed)
{
	uint8_t body[5];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, conn);
	put_u8(&w, failed ? 1 : 0);
	send(ctx, LINK_CRYPTO_NET, IPC_CONN_CLOSE, NULL, 0, body, w.len);
}

void
vault_say_expect(vault_send_fn *send, void *ctx, uint32_t conn, uint8_t framing,
    uint32_t max)
{
	uint8_t body[10];
	struct writer w;

	writer_init(&w, body, sizeof body);
	put_u32(&w, conn);
	put_u8(&w, framing);
	put_u32(&w, max);
	put_u8(&w, 0);
	send(ctx, LINK_CRYPTO_NET, IPC_EXPECT, NULL, 0, body, w.len);
}

void
vault_say_end(
    vault_send_fn *send, void *ctx, int error, uint32_t undelivered, int left)
{
	uint8_t body[7], event[6] = {LINKEV_LEFT};
	struct writer w;

	if (left)
		send(ctx, LINK_UI_CRYPTO, IPC_LINK_EVENT, NULL, 0, event,
		    sizeof event);
	writer_init(&w, body, sizeof body);
	put_u16(&w, (uint16_t)error);
	put_u32(&w, undelivered);
	put_u8(&w, left ? 1 : 0);
	send(ctx, LINK_SUPER_CRYPTO, IPC_CRYPTO_END, NULL, 0, body, w.len);
}
