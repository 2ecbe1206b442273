/*
 * The other person of `secchat audit --prove`: it joins a host with a secret
 * that was made for the purpose, sends one text, moves one file, and tells
 * the audit every key that both of them now have, so that the audit can look
 * for them in the host's processes.  It never has a key of the user's.
 */
#ifndef SECCHAT_SRC_CANARY_H
#define SECCHAT_SRC_CANARY_H

/*
 * Five lines come on FD_SECRET: "key" or "passphrase", the secret, the text,
 * and the pattern and size of a file, which the host sends ("key") or gets.
 * On FD_SUPER go lines "NAME HEX" for each key, "said" when the text was
 * confirmed, "ready" before the file moves, which it does when a byte comes
 * back, and "done"; or "error: why".  Then it waits until FD_SUPER is closed
 * there.  FD_CRYPTO_NET is the connection.  Returns the exit code.
 */
int canary_run(void);

#endif
