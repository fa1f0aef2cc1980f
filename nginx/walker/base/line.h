/*
** Text in short pieces, handed to a stream a buffer at a time. musl's stdio takes a lock and a string instruction for
** each piece, which is most of what a large heap's paths cost to write.
*/
#ifndef HW_LINE_H
#define HW_LINE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct line {
	FILE *out;
	size_t length;
	char text[4096];
};

/* One that has not been handed on must be ended by line_end(); before that, nothing else may write to the stream. */
void line_begin(struct line *l, FILE *out);
void line_end(struct line *l);

void line_bytes(struct line *l, const char *text, size_t length);
void line_number(struct line *l, uint64_t n);

static inline void line_text(struct line *l, const char *text)
{
	line_bytes(l, text, strlen(text));
}

#endif
