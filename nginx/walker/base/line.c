#include "base/line.h"

enum { MOST_DIGITS = 20 };

void line_begin(struct line *l, FILE *out)
{
	l->out = out;
	l->length = 0;
}

void line_end(struct line *l)
{
	fwrite(l->text, 1, l->length, l->out);
	l->length = 0;
}

/* Pieces are too short for a call of memcpy(). */
void line_bytes(struct line *l, const char *text, size_t length)
{
	while (length > 0) {
		const size_t room = sizeof(l->text) - l->length, n = length < room ? length : room;
		char *to = l->text + l->length;

		for (size_t i = 0; i < n; i++)
			to[i] = text[i];
		l->length += n;
		text += n;
		length -= n;
		if (l->length == sizeof(l->text))
			line_end(l);
	}
}

void line_number(struct line *l, uint64_t n)
{
	char digits[MOST_DIGITS];
	size_t from = sizeof(digits);

	do {
		digits[--from] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	line_bytes(l, digits + from, sizeof(digits) - from);
}
