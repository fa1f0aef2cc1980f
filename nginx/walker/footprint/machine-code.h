/* LuaJIT's machine code: areas of it lie in anonymous executable mappings, linked from the VM's jit_State. */
#ifndef HW_MACHINE_CODE_H
#define HW_MACHINE_CODE_H

#include "target/areas.h"
#include "footprint/lua-memory.h"

/* An area of machine code with LuaJIT's link at its start. */
struct code_area {
	uint64_t start, next, size;
};

struct machine_code {
	struct code_area *list;
	size_t count;
};

/* While the process stands still. */
void machine_code_read(struct machine_code *code, const struct areas *areas, pid_t pid);
void machine_code_free(struct machine_code *code);

/* The rows of all anonymous executable mappings. */
void machine_code_add_rows(struct rows *r, const struct machine_code *code, struct areas *areas, const struct vm_share *shares, size_t count);

#endif
