/* Code and what it uses: its upvalues, and what lies now where it takes a value from (flow.h). Compiled once per variant of object.h. */
#ifndef HW_CODE_H
#define HW_CODE_H

#include "luajit/heap.h"
#include "marker/flow.h"

#define code_upvalue VARIANT(code_upvalue)
#define code_within VARIANT(code_within)
#define code_values VARIANT(code_values)

enum {
	MOST_UPVALUES = 60, /* LJ_MAX_UPVAL */
	MOST_VALUES = 64,
};

/* A function, or one within it of which there is none now: its upvalues are found by those of the function around it. */
struct code {
	const uint8_t *function;
	uint64_t proto;
	bool is_within;
	uint8_t upvalues[MOST_UPVALUES]; /* indices among the function's own */
};

/* Objects, by their copies: of a table's entries no more than stand for all of them. */
struct values {
	const uint8_t *list[MOST_VALUES];
	size_t count;
};

/* An upvalue's copy; NULL where it has none of that index. */
const uint8_t *code_upvalue(const struct vm *vm, const struct code *c, uint64_t index);
/* The code of a prototype within another's: its upvalues are those of the function around it that is there. */
void code_within(const struct vm *vm, const struct code *around, uint64_t proto, struct code *within);
/* What lies at an origin now, where a method is called with `self`. Of an entry that may be any, all stand for it. */
void code_values(const struct vm *vm, const struct flow *flow, uint16_t origin, const struct code *c, const uint8_t *self,
		 struct values *v);

#endif
