#include "base/line.h"
#include "base/json.h"

#include <stdbool.h>

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

static bool is_plain(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] < 0x20 || text[i] > 0x7e || text[i] == '"' || text[i] == '\\')
			return false;
	return true;
}

void line_string(struct line *l, const char *text, size_t length)
{
	if (!is_plain(text, length)) {
		line_end(l);
		json_string(l->out, text, length);
		return;
	}
	line_bytes(l, "\"", 1);
	line_bytes(l, text, length);
	line_bytes(l, "\"", 1);
}
