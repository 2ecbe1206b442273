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

/*
 * Where a unit stands decides about marks and joiners: this remembers what
 * came before it in its row.
 */
struct text_flow {
	unsigned marks;		/* on the base so far */
	unsigned joiners;	/* since the base */
	int base;		/* 1: something that carries marks */
	int joinable;		/* 1: it is beyond ASCII */
};

/*
 * The unit at p as it is shown after what f remembers: left out, spelled out
 * or as it is.  Counts it in m.
 */
void text_place(struct text_flow *f, struct text_unit *u, const uint8_t *p,
    size_t len, unsigned flags, struct text_marks *m);

/* Spaces that a TAB in this column stands for. */
size_t text_tab(size_t col);

#endif
