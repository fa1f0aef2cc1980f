/* Where a function was defined: chunk name and line, as people write them. */
#ifndef HW_SOURCE_H
#define HW_SOURCE_H

#include "luajit/vm.h"

/* Write "demo.lua:5" for the GCproto whose copy is at proto. Returns the length, at most room - 1. */
size_t source_text64(struct vm *vm, const uint8_t *proto, char *to, size_t room);
size_t source_text32(struct vm *vm, const uint8_t *proto, char *to, size_t room);
size_t source_text64_2017(struct vm *vm, const uint8_t *proto, char *to, size_t room);
size_t source_text32_2017(struct vm *vm, const uint8_t *proto, char *to, size_t room);

/* The same for a line of that function. */
size_t source_line64(struct vm *vm, const uint8_t *proto, uint32_t line, char *to, size_t room);
size_t source_line32(struct vm *vm, const uint8_t *proto, uint32_t line, char *to, size_t room);
size_t source_line64_2017(struct vm *vm, const uint8_t *proto, uint32_t line, char *to, size_t room);
size_t source_line32_2017(struct vm *vm, const uint8_t *proto, uint32_t line, char *to, size_t room);

static inline size_t source_text(struct vm *vm, const uint8_t *proto, char *to, size_t room)
{
	return VARIANT_FOR(vm->layout, source_text)(vm, proto, to, room);
}

static inline size_t source_line(struct vm *vm, const uint8_t *proto, uint32_t line, char *to, size_t room)
{
	return VARIANT_FOR(vm->layout, source_line)(vm, proto, line, to, room);
}

#endif
