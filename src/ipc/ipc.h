/*
 * What the two halves of src/ipc share.
 */
#ifndef SECCHAT_SRC_IPC_H
#define SECCHAT_SRC_IPC_H

#include "secchat/ipc.h"

/*
 * fatal() unless the message table lets `from` put a body of this size, with
 * or without a descriptor, on link l.  Returns the row.
 */
const struct ipc_row *ipc_check(const struct ipc_link *l, uint8_t from,
    unsigned type, size_t len, int has_fd);

#endif
