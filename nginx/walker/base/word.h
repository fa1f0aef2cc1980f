/* Words of 8 bytes in a copy of somebody else's structure, which need not be aligned here. */
#ifndef HW_WORD_H
#define HW_WORD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t word_at(const uint8_t *p, size_t at)
{
	uint64_t v;

	memcpy(&v, p + at, sizeof(v));
	return v;
}

#endif
