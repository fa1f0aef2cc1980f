/* Prints the row of layout.c for the LuaJIT tree whose headers it is compiled against (probe/row.sh does that). */
#include <stddef.h>
#include <stdio.h>

#define LUA_CORE
#include "lj_obj.h"
#include "lj_gc.h"
#include "lj_jit.h"
#include "lj_dispatch.h"
#include "lj_ctype.h"

#if LJ_GC64
#define WIDTH "GC64"
#else
#define WIDTH "GC32"
#endif
#ifdef HAS_STRHASH
#define OBJECTS "OBJECTS_2017_" WIDTH
#define SMALL_BUFFERS 0
#else
#define OBJECTS "OBJECTS_" WIDTH
#define SMALL_BUFFERS (sizeof(((SBuf *)0)->b) == 4)
#endif

int main(void)
{
	printf("\t{.name = \"%s\", .objects = %s, .lua_state = %zu, .gg_state = %zu,\n\t .mainthref = %zu,", ROW_NAME, OBJECTS,
	       sizeof(lua_State), sizeof(GG_State), offsetof(global_State, mainthref));
#ifdef HAS_VMTHREF
	printf(" .vmthref = %zu,", offsetof(global_State, vmthref));
#endif
	printf(" .cur_l = %zu, .ctype_state = %zu, .gcroot = %zu, .gcroot_max = %d,\n\t .jit_state = %zu, .irbuf = %zu,",
	       offsetof(global_State, cur_L), offsetof(global_State, ctype_state), offsetof(global_State, gcroot), (int)GCROOT_MAX,
	       offsetof(GG_State, J), offsetof(jit_State, irbuf));
	printf(" .szallmcarea = %zu, .ctstate = %zu, .cb_sizeid = %zu%s%s},\n", offsetof(jit_State, szallmcarea), sizeof(CTState),
	       offsetof(CTState, cb.sizeid), sizeof(SnapShot) == 8 ? ", .old_traces = true" : "",
	       SMALL_BUFFERS ? ", .small_buffers = true" : "");
	return 0;
}
