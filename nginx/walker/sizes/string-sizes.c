#include "sizes/string-sizes.h"

#include <string.h>

static void take_out(struct string_sizes *s, uint64_t address)
{
	for (unsigned i = 0; i < s->count; i++) {
		if (s->largest[i].address != address)
			continue;
		memmove(&s->largest[i], &s->largest[i + 1], (s->count - i - 1) * sizeof(*s->largest));
		s->count--;
		return;
	}
}

static void put_in(struct string_sizes *s, struct large_string string)
{
	unsigned i;

	if (s->count == LARGEST_STRINGS && s->largest[s->count - 1].bytes >= string.bytes)
		return;
	if (s->count < LARGEST_STRINGS)
		s->count++;
	for (i = s->count - 1; i > 0 && s->largest[i - 1].bytes < string.bytes; i--)
		s->largest[i] = s->largest[i - 1];
	s->largest[i] = string;
}

void string_sizes_count(struct string_sizes *s, struct large_string string, int64_t sign)
{
	size_classes_count(&s->classes, string.bytes, sign);
	if (sign < 0)
		take_out(s, string.address);
	else
		put_in(s, string);
}
