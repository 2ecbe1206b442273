/*
 * What the files of src/text share.
 */
#ifndef SECCHAT_SRC_TEXT_H
#define SECCHAT_SRC_TEXT_H

#include "secchat/text.h"

/* What a code point is; *cols is its width when it is shown as it is. */
enum text_kind text_classify(uint32_t cp, size_t *cols);

/* The code point at p and its length; a byte that is no UTF-8 is TEXT_INVALID
 * by itself.  len is at least 1; at least 1. */
#define TEXT_INVALID_BYTE UINT32_MAX
size_t text_code_point(const uint8_t *p, size_t len, uint32_t *cp);

/* Show a unit as <U+XXXX>, whatever it is. */
void text_spell(struct text_unit *u);

/* u is plain and shown as it is at p: take in what belongs to it. */
void text_together(struct text_unit *u, const uint8_t *p, size_t len);

/* How many letters, digits and signs of ASCII begin here: text_place would
 * show each as it is.  Most texts consist of them. */
size_t text_run(struct text_flow *f, const uint8_t *p, size_t len);

/* Spaces that a TAB in this column stands for. */
size_t text_tab(size_t col);

#endif
