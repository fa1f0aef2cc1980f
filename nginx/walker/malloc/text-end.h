/*
** The end of a string that was written over an old address and left its upper bytes: "EC" over 0x7f11cdbf1cc0 reads as
** 0x7f11cd004345, which leads into whatever block is there today. Of addresses into the middle of a block few look so.
*/
#ifndef HW_TEXT_END_H
#define HW_TEXT_END_H

#include <stdbool.h>
#include <stdint.h>

enum {
	TEXT_BEFORE = 4,		/* bytes of text right before the word: doubles and addresses end in others */
	TEXT_SHORT = 2, TEXT_LONG = 3,	/* of a string that begins its block, if it ends in its first word and leaves the bytes of a heap */
};

static inline bool text_is(const uint8_t *p, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (p[i] < ' ' || p[i] > '~')
			return false;
	return true;
}

/* Whether the word so far into its block is one. Aligned addresses, as those of blocks and of most of what is in them, never are. */
static inline bool text_ends_in(const uint8_t *word, uint64_t offset)
{
	if (word[0] % 8 == 0 || !text_is(word, 1))
		return false;
	if (offset >= TEXT_BEFORE && text_is(word - TEXT_BEFORE, TEXT_BEFORE))
		return true;
	for (unsigned n = TEXT_SHORT; offset == 0 && n <= TEXT_LONG; n++)
		if (text_is(word, n) && word[n] == 0)
			return true;
	return false;
}

#endif
