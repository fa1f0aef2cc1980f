/* Prints the row of layout.c for the LuaJIT tree whose headers it is compiled against (probe/row.sh does that). */
#include <stddef.h>
#include <stdio.h>

#define LUA_CORE
#include "lj_obj.h"
#include "lj_gc.h"
#include "lj_jit.h"
#include "lj_dispatch.h"
#include "lj_ctype.h"

#ifdef HAS_STRHASH
#define OBJECTS "OBJECTS_2017"
#elif LJ_GC64
#define OBJECTS "OBJECTS_GC64"
#else
#define OBJECTS "OBJECTS_GC32"
#endif

int main(void)
{
	printf("\t{.name = \"%s\", .objects = %s, .lua_state = %zu, .gg_state = %zu, .mainthref = %zu,", ROW_NAME, OBJECTS,
	       sizeof(lua_State), sizeof(GG_State), offsetof(global_State, mainthref));
#ifdef HAS_VMTHREF
	printf(" .vmthref = %zu,", offsetof(global_State, vmthref));
#endif
	printf("\n\t .cur_l = %zu, .ctype_state = %zu, .gcroot = %zu, .gcroot_max = %d, .jit_state = %zu, .irbuf = %zu,\n",
	       offsetof(global_State, cur_L), offsetof(global_State, ctype_state), offsetof(global_State, gcroot), (int)GCROOT_MAX,
	       offsetof(GG_State, J), offsetof(jit_State, irbuf));
	printf("\t .szallmcarea = %zu, .ctstate = %zu, .cb_sizeid = %zu},\n", offsetof(jit_State, szallmcarea), sizeof(CTState),
	       offsetof(CTState, cb.sizeid));
	return 0;
}
