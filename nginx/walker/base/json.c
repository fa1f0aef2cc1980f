#include "base/json.h"

#include <stdint.h>

/* Decode one UTF-8 sequence; returns its length, 0 where there is none. */
static size_t decode(const uint8_t *p, size_t left, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (n == 0 || n > left)
		return 0;
	*code = n == 1 ? p[0] : p[0] & (0xff >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return n;
}

/* How many bytes stand for themselves. */
static size_t plain_length(const char *text, size_t length)
{
	size_t n = 0;

	while (n < length && text[n] >= 0x20 && text[n] <= 0x7e && text[n] != '"' && text[n] != '\\')
		n++;
	return n;
}

/* One character that does not, or byte that is none. Returns its length. */
static size_t escape(struct line *l, const uint8_t *p, size_t left)
{
	char text[16];
	uint32_t code = 0;
	size_t n = decode(p, left, &code);

	if (n == 0)
		snprintf(text, sizeof(text), "\\udc%02x", *p);
	else if (code == '"' || code == '\\')
		snprintf(text, sizeof(text), "\\%c", (int)code);
	else if (code < 0x10000)
		snprintf(text, sizeof(text), "\\u%04x", code);
	else
		snprintf(text, sizeof(text), "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
	line_text(l, text);
	return n ? n : 1;
}

void json_line(struct line *l, const char *text, size_t length)
{
	line_bytes(l, "\"", 1);
	for (size_t i = 0, n; i < length; i += n) {
		n = plain_length(text + i, length - i);
		if (n > 0)
			line_bytes(l, text + i, n);
		else
			n = escape(l, (const uint8_t *)text + i, length - i);
	}
	line_bytes(l, "\"", 1);
}

void json_string(FILE *out, const char *text, size_t length)
{
	struct line l;

	line_begin(&l, out);
	json_line(&l, text, length);
	line_end(&l);
}
