/*
** The rows. Measured with an offsetof probe against each tree's headers; nothing is
** guessed: a build is accepted only if the gc.total equation holds under its row.
*/
#include "layout.h"

const struct layout layouts[] = {
	/* OpenResty's fork, 8-byte references */
	{.name = "openresty 2020-10..2021-05 gc64", .gc64 = true, .lua_state = 112, .gg_state = 6288, .mainthref = 192,
	 .cur_l = 368, .ctype_state = 384, .gcroot = 424, .gcroot_max = 38, .jit_state = 848, .irbuf = 328,
	 .szallmcarea = 3072, .ctstate = 520, .cb_sizeid = 248},
	{.name = "openresty 2021-12..2024-03 gc64", .gc64 = true, .lua_state = 112, .gg_state = 6296, .mainthref = 192,
	 .cur_l = 368, .ctype_state = 384, .gcroot = 424, .gcroot_max = 38, .jit_state = 848, .irbuf = 328,
	 .szallmcarea = 3080, .ctstate = 520, .cb_sizeid = 248},
	{.name = "openresty 2025-01..2025-10 gc64", .gc64 = true, .lua_state = 112, .gg_state = 6304, .mainthref = 192,
	 .cur_l = 368, .ctype_state = 384, .gcroot = 424, .gcroot_max = 39, .jit_state = 856, .irbuf = 328,
	 .szallmcarea = 3080, .ctstate = 512, .cb_sizeid = 240},
	/* upstream, 8-byte references */
	{.name = "luajit 2020-10..2021-01 gc64", .gc64 = true, .lua_state = 96, .gg_state = 6232, .mainthref = 192,
	 .cur_l = 368, .ctype_state = 384, .gcroot = 424, .gcroot_max = 38, .jit_state = 824, .irbuf = 328,
	 .szallmcarea = 3072, .ctstate = 472, .cb_sizeid = 200},
	{.name = "luajit 2021-03..2024-03 gc64", .gc64 = true, .lua_state = 96, .gg_state = 6240, .mainthref = 192,
	 .cur_l = 368, .ctype_state = 384, .gcroot = 424, .gcroot_max = 38, .jit_state = 824, .irbuf = 328,
	 .szallmcarea = 3080, .ctstate = 472, .cb_sizeid = 200},
	{.name = "luajit 2024-04..2025-10 gc64", .gc64 = true, .lua_state = 96, .gg_state = 6248, .mainthref = 192,
	 .cur_l = 368, .ctype_state = 384, .gcroot = 424, .gcroot_max = 39, .jit_state = 832, .irbuf = 328,
	 .szallmcarea = 3080, .ctstate = 464, .cb_sizeid = 192},
	{.name = "luajit 2025-11..2026-06 gc64", .gc64 = true, .lua_state = 96, .gg_state = 6272, .mainthref = 192,
	 .vmthref = 280, .cur_l = 376, .ctype_state = 392, .gcroot = 432, .gcroot_max = 39, .jit_state = 840,
	 .irbuf = 328, .szallmcarea = 3080, .ctstate = 464, .cb_sizeid = 192},
	{.name = "luajit 2026-07..2026-08 gc64", .gc64 = true, .lua_state = 96, .gg_state = 6384, .mainthref = 192,
	 .vmthref = 280, .cur_l = 376, .ctype_state = 392, .gcroot = 432, .gcroot_max = 39, .jit_state = 840,
	 .irbuf = 328, .szallmcarea = 3080, .ctstate = 464, .cb_sizeid = 192},
};

const size_t nlayouts = sizeof(layouts) / sizeof(layouts[0]);
