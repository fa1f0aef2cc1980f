/* What a saved image is made of: numbers of 8 bytes, little-endian, names of 64 and stretches of bytes. */
#ifndef HW_SAVED_FILE_H
#define HW_SAVED_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { SAVED_NAME = 64 };

void saved_put(FILE *f, uint64_t v);
/* Two numbers and a name: a symbol, or a module. */
void saved_put_record(FILE *f, uint64_t first, uint64_t second, const char name[SAVED_NAME]);

/* A file in memory. What is asked for beyond its end is 0 or NULL, and sets `cut`, as does whatever cannot be true. */
struct saved_cursor {
	const uint8_t *at;
	size_t left;
	bool cut;
};

const uint8_t *saved_take(struct saved_cursor *c, uint64_t n);
uint64_t saved_get(struct saved_cursor *c);
void saved_get_record(struct saved_cursor *c, uint64_t *first, uint64_t *second, char name[SAVED_NAME]);
/* A count of records of at least `size` bytes that the rest of the file can hold. */
size_t saved_get_count(struct saved_cursor *c, size_t size);

#endif
