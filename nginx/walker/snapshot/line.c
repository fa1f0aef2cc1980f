#include "snapshot/line.h"
#include "base/json.h"

#include <stdbool.h>
#include <string.h>

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

static inline void add(struct line *l, char c)
{
	if (l->length == sizeof(l->text))
		line_end(l);
	l->text[l->length++] = c;
}

void line_text(struct line *l, const char *text)
{
	while (*text)
		add(l, *text++);
}

void line_number(struct line *l, uint64_t n)
{
	char digits[MOST_DIGITS];
	size_t from = sizeof(digits);

	do {
		digits[--from] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	while (from < sizeof(digits))
		add(l, digits[from++]);
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
	add(l, '"');
	for (size_t i = 0; i < length; i++)
		add(l, text[i]);
	add(l, '"');
}
