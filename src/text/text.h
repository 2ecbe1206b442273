/*
 * What the files of src/text share.
 */
#ifndef SECCHAT_SRC_TEXT_H
#define SECCHAT_SRC_TEXT_H

#include "secchat/text.h"

/* What a code point is; *cols is its width when it is shown as it is. */
enum text_kind text_classify(uint32_t cp, size_t *cols);

/* Show a unit as <U+XXXX>, whatever it is. */
void text_spell(struct text_unit *u);

/* ZWJ, ZWNJ and the variation selectors of emoji and of plain text. */
int text_is_joiner(uint32_t cp);

/* Spaces that a TAB in this column stands for. */
size_t text_tab(size_t col);

#endif
