#include "marker/bytecode.h"

bool bytecode_open(struct bytecode *b, const struct vm *vm, uint64_t proto)
{
	*b = (struct bytecode){.vm = vm, .proto = heap_at(vm, proto, PROTO_SIZE)};
	if (!b->proto || b->proto[O_GCT] != T_PROTO)
		return false;
	b->count = get_u32(b->proto + PROTO_SIZEBC);
	b->code = heap_at(vm, proto + PROTO_SIZE, (uint64_t)b->count * 4);
	return b->code && b->count * (uint64_t)4 + PROTO_SIZE <= get_u32(b->proto + PROTO_SIZEPT);
}

uint64_t bytecode_string(const struct bytecode *b, uint32_t index)
{
	const uint8_t *k = index < get_u32(b->proto + PROTO_SIZEKGC)
				   ? heap_at(b->vm, get_ref(b->proto + PROTO_K) - (uint64_t)(index + 1) * REF, REF)
				   : NULL;
	const uint8_t *s = k ? heap_at(b->vm, get_ref(k), STR_SIZE) : NULL;

	return s && s[O_GCT] == T_STR ? get_ref(k) : 0;
}

uint32_t bytecode_line(const struct bytecode *b, uint32_t pc)
{
	const uint32_t first = get_u32(b->proto + PROTO_FIRSTLINE), lines = get_u32(b->proto + PROTO_NUMLINE);
	const uint64_t info = get_ref(b->proto + PROTO_LINEINFO);
	const unsigned width = lines < 256 ? 1 : lines < 65536 ? 2 : 4;
	const uint8_t *p = info && pc > 0 ? heap_at(b->vm, info + (uint64_t)(pc - 1) * width, width) : NULL;

	if (!p)
		return 0;
	return first + (width == 1 ? *p : width == 2 ? get_u16(p) : get_u32(p));
}
