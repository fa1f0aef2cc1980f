/*
** What differs between LuaJIT builds: one row per layout. What is the same in all
** builds of one reference width stands in object.h.
*/
#ifndef HW_LAYOUT_H
#define HW_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which constants of object.h hold: reference width, and whether strings still have their hash before their length. */
enum variant { OBJECTS_GC64, OBJECTS_GC32, OBJECTS_2017_GC64, OBJECTS_2017_GC32 };

struct layout {
	const char *name;	/* fork, span of releases, reference width */
	enum variant objects;
	bool old_traces;	/* GCtrace and SnapShot as until 2018 */
	bool patched_2017;	/* OBJECTS_2017_GC32 with light userdata segments: Debian bullseye's patch */
	bool small_buffers;	/* SBuf made of 4-byte references: 4-byte builds from 2020-10 to 2021-06 */
	uint16_t lua_state;	/* sizeof(lua_State) = offset of global_State in GG_State */
	uint16_t gg_state;	/* sizeof(GG_State): nearly unique among the rows of one fork and width */
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
extern const size_t layout_count;

/* Of what is compiled once per variant of object.h, that for the objects of a layout: VARIANT() in object.h gives these names. */
#define VARIANT_FOR(layout, name)                      \
	((layout)->objects == OBJECTS_GC64	? name##64 \
	 : (layout)->objects == OBJECTS_GC32	? name##32 \
	 : (layout)->objects == OBJECTS_2017_GC64 ? name##64_2017 \
						: name##32_2017)

static inline bool layout_gc64(const struct layout *l)
{
	return l->objects == OBJECTS_GC64 || l->objects == OBJECTS_2017_GC64;
}

#endif
