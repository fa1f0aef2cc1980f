#include "luajit/source.h"
#include "luajit/object.h"

#include <stdio.h>

enum { SHOWN_CODE = 32 };

size_t VARIANT(source_text)(struct vm *vm, const uint8_t *proto, char *to, size_t room)
{
	return VARIANT(source_line)(vm, proto, get_u32(proto + PROTO_FIRSTLINE), to, room);
}

/* As lj_debug_shortname: @file and =name lose their mark; code given as a string is cut at its first line. */
size_t VARIANT(source_line)(struct vm *vm, const uint8_t *proto, uint32_t line, char *to, size_t room)
{
	uint64_t name = get_ref(proto + PROTO_CHUNKNAME);
	const uint8_t *s = image_at(vm->im, raddr(name), STR_SIZE);
	uint32_t len = s ? get_u32(s + STR_LEN) : 0;
	const char *text;
	int n;

	if (!s || len == 0 || !image_at(vm->im, raddr(name), STR_SIZE + (uint64_t)len))
		return (size_t)snprintf(to, room, "?:%u", line);
	text = (const char *)s + STR_SIZE;
	if (get_u32(proto + PROTO_FIRSTLINE) == ~UINT32_C(0))	/* Lua code that is part of LuaJIT */
		return (size_t)snprintf(to, room, "[builtin:%.*s]", (int)(len < 64 ? len : 64), text);
	if (*text == '@' || *text == '=') {
		n = snprintf(to, room, "%.*s:%u", (int)(len - 1 < room - 16 ? len - 1 : room - 16), text + 1,
			     line);
	} else {
		uint32_t cut = 0;

		while (cut < len && cut < SHOWN_CODE && text[cut] != '\n' && text[cut] != '\r')
			cut++;
		n = snprintf(to, room, "[string \"%.*s%s\"]:%u", (int)cut, text, cut < len ? "..." : "",
			     line);
	}
	return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}
