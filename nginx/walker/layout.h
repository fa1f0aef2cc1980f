/*
** What differs between LuaJIT builds: one row per layout. What is the same in all
** builds of one reference width stands in object.h.
*/
#ifndef HW_LAYOUT_H
#define HW_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct layout {
	const char *name;	/* fork, span of releases, reference width */
	bool gc64;		/* 8-byte references (LJ_GC64) */
	uint16_t lua_state;	/* sizeof(lua_State) = offset of global_State in GG_State */
	uint16_t gg_state;	/* sizeof(GG_State): unique among the rows of one width */
	/* in global_State */
	uint16_t mainthref;
	uint16_t vmthref;	/* 0: the build has none */
	uint16_t cur_l;
	uint16_t ctype_state;
	uint16_t gcroot;
	uint16_t gcroot_max;
	/* in GG_State */
	uint16_t jit_state;
	/* in jit_State */
	uint16_t irbuf;
	uint16_t szallmcarea;
	/* CTState */
	uint16_t ctstate;	/* sizeof */
	uint16_t cb_sizeid;
};

extern const struct layout layouts[];
extern const size_t nlayouts;

/* Index of the FFI finalizer table in gcroot, or -1 where CTState holds it instead. */
static inline int layout_ffi_fin(const struct layout *l)
{
	return l->gcroot_max >= 39 ? 38 : -1;
}

#endif
