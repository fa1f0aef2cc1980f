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

void json_string(FILE *out, const char *text, size_t length)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t i = 0;

	fputc('"', out);
	while (i < length) {
		uint32_t code = 0;
		size_t n = decode(p + i, length - i, &code);

		if (n == 0)
			fprintf(out, "\\udc%02x", p[i]);
		else if (code == '"' || code == '\\')
			fprintf(out, "\\%c", (int)code);
		else if (code < 0x20 || (code >= 0x7f && code < 0x10000))
			fprintf(out, "\\u%04x", code);
		else if (code >= 0x10000)
			fprintf(out, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
		else
			fputc((int)code, out);
		i += n ? n : 1;
	}
	fputc('"', out);
}
