/*
 * The other person of `secchat audit --prove`: it joins a host with a secret
 * that was made for the purpose, sends one text, and tells the audit every
 * key that both of them now have, so that the audit can look for them in the
 * host's processes.  It never has a key of the user's.
 */
#ifndef SECCHAT_SRC_CANARY_H
#define SECCHAT_SRC_CANARY_H

/*
 * Three lines come on FD_SECRET: "key" or "passphrase", the secret, the text.
 * On FD_SUPER go lines "NAME HEX" for each key and "done" when the text was
 * confirmed, or "error: why"; then it waits until FD_SUPER is closed there.
 * FD_CRYPTO_NET is the connection.  Returns the exit code.
 */
int canary_run(void);

#endif
