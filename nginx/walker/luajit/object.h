/*
** Layout of collectable objects, as in lj_obj.h. What includes it is compiled once per variant (the Makefile's VARIANTS):
** GC64 is 1 (8-byte references) or 0 (4-byte), OLD is 1 before 2020; everything here is a constant then.
** Offsets are the same in both forks and all releases that layout.c lists.
*/
#ifndef HW_OBJECT_H
#define HW_OBJECT_H

#ifndef GC64
#error "define GC64 as 0 or 1 before including object.h"
#endif
#ifndef OLD
#define OLD 0		/* 1: global_State and GCstr as from 2017 to 2020 */
#endif

/* Names of what is compiled once per variant. */
#if OLD
#define VARIANT_(name, width) name##width##_2017
#else
#define VARIANT_(name, width) name##width
#endif
#if GC64
#define VARIANT(name) VARIANT_(name, 64)
#else
#define VARIANT(name) VARIANT_(name, 32)
#endif

#include <stdint.h>
#include <string.h>

/* ~itype of a TValue, and gct of an object (lj_obj.h, LJ_T*). */
enum {
	T_NIL, T_FALSE, T_TRUE, T_LIGHTUD, T_STR, T_UPVAL, T_THREAD, T_PROTO, T_FUNC, T_TRACE, T_CDATA, T_TAB, T_UDATA,
	T_NUM			/* an integer, in builds with two kinds of numbers (arm64); above: a double */
};

/* GCHeader.marked (lj_gc.h). */
enum {
	MARK_WHITES = 0x03,
	MARK_FINALIZED = 0x08,	/* userdata */
	MARK_CDATA_FIN = 0x10,
	MARK_FIXED = 0x60,	/* FIXED | SFIXED */
	MARK_CDATA_VAR = 0x80,
};

/* Each of the two lists has the fields of one width, in the order of lj_obj.h: they look alike, and every number is another. */
#if GC64
enum {
	REF = 8, O_NEXTGC = 0, O_MARKED = 8, O_GCT = 9,
	TAB_COLO = 11, TAB_ARRAY = 16, TAB_GCLIST = 24, TAB_METATABLE = 32, TAB_NODE = 40, TAB_ASIZE = 48,
	TAB_HMASK = 52, TAB_SIZE = 64,
	PROTO_NUMPARAMS = 10, PROTO_FRAMESIZE = 11, PROTO_SIZEBC = 12, PROTO_SIZE = 104, PROTO_GCLIST = 24, PROTO_K = 32, PROTO_UV = 40,
	PROTO_SIZEKGC = 48, PROTO_SIZEPT = 56, PROTO_SIZEUV = 60, PROTO_TRACE = 62, PROTO_CHUNKNAME = 64,
	PROTO_FIRSTLINE = 72, PROTO_NUMLINE = 76, PROTO_LINEINFO = 80, PROTO_UVINFO = 88,
	FUNC_FFID = 10, FUNC_NUPVALUES = 11, FUNC_ENV = 16, FUNC_GCLIST = 24, FUNC_PC = 32, FUNC_UVPTR = 40,
	FUNC_C_F = 40, FUNC_C_UPVALUE = 48,
	UPVAL_CLOSED = 10, UPVAL_V = 32, UPVAL_DHASH = 40, UPVAL_SIZE = 48,
	TH_GLREF = 16, TH_GCLIST = 24, TH_BASE = 32, TH_TOP = 40, TH_STACK = 56, TH_OPENUPVAL = 64, TH_ENV = 72,
	TH_STACKSIZE = 88,
	CDATA_CTYPEID = 10, CDATA_SCRATCH = 12, CDATA_SIZE = 16,
	UD_UDTYPE = 10, UD_ENV = 16, UD_LEN = 24, UD_METATABLE = 32, UD_SCRATCH = 28, UD_SIZE = 48,
	TR_NSNAP = 10, TR_NINS = 12, TR_GCLIST = 24, TR_IR = 32, TR_NK = 40, TR_NSNAPMAP = 44, TR_STARTPT = 64,
	TR_OLD_NSNAP = 44, TR_OLD_NSNAPMAP = 46,
	TR_TRACENO = 104, TR_LINK = 106, TR_NEXTROOT = 110, TR_NEXTSIDE = 112, TR_SIZE = 120,
	CTYPE_SIZE = 24,
};
#else
enum {
	REF = 4, O_NEXTGC = 0, O_MARKED = 4, O_GCT = 5,
	TAB_COLO = 7, TAB_ARRAY = 8, TAB_GCLIST = 12, TAB_METATABLE = 16, TAB_NODE = 20, TAB_ASIZE = 24,
	TAB_HMASK = 28, TAB_SIZE = 32,
	PROTO_NUMPARAMS = 6, PROTO_FRAMESIZE = 7, PROTO_SIZEBC = 8, PROTO_SIZE = 64, PROTO_GCLIST = 12, PROTO_K = 16, PROTO_UV = 20,
	PROTO_SIZEKGC = 24, PROTO_SIZEPT = 32, PROTO_SIZEUV = 36, PROTO_TRACE = 38, PROTO_CHUNKNAME = 40,
	PROTO_FIRSTLINE = 44, PROTO_NUMLINE = 48, PROTO_LINEINFO = 52, PROTO_UVINFO = 56,
	FUNC_FFID = 6, FUNC_NUPVALUES = 7, FUNC_ENV = 8, FUNC_GCLIST = 12, FUNC_PC = 16, FUNC_UVPTR = 20,
	FUNC_C_F = 24, FUNC_C_UPVALUE = 32,
	UPVAL_CLOSED = 6, UPVAL_V = 16, UPVAL_DHASH = 20, UPVAL_SIZE = 24,
	TH_GLREF = 8, TH_GCLIST = 12, TH_BASE = 16, TH_TOP = 24, TH_STACK = 36, TH_OPENUPVAL = 40, TH_ENV = 44,
	TH_STACKSIZE = 56,
	CDATA_CTYPEID = 6, CDATA_SCRATCH = 0, CDATA_SIZE = 8,
	UD_UDTYPE = 6, UD_ENV = 8, UD_LEN = 12, UD_METATABLE = 16, UD_SCRATCH = 20, UD_SIZE = 24,
	TR_NSNAP = 6, TR_NINS = 8, TR_GCLIST = 12, TR_IR = 16, TR_NK = 24, TR_NSNAPMAP = 28, TR_STARTPT = 48,
	TR_OLD_NSNAP = 28, TR_OLD_NSNAPMAP = 30,
	TR_TRACENO = 80, TR_LINK = 82, TR_NEXTROOT = 86, TR_NEXTSIDE = 88, TR_SIZE = 96,
	CTYPE_SIZE = 16,
};
#endif

/* GCstr and global_State: the string hash moved in 2020, and string.buffer and light userdata segments came. */
#if OLD
enum {
	STR_SCRATCH = GC64 ? 12 : 8, STR_LEN = GC64 ? 16 : 12, STR_SIZE = GC64 ? 24 : 16,
	SB_E = GC64 ? 8 : 4, SB_B = GC64 ? 16 : 8,
	G_TOTAL = 32, G_STATE = GC64 ? 49 : 41, G_ROOT = GC64 ? 56 : 48, G_MMUDATA = GC64 ? 96 : 68,
	G_STREMPTY = GC64 ? 168 : 108, G_STRTAB = 0, G_STRMASK = 8, G_STRNUM = 12, G_TMPBUF = GC64 ? 136 : 92,
	G_NILNODE = GC64 ? 232 : 160, G_REGISTRYTV = GC64 ? 208 : 136,
	/* not there yet: no object gets to where these are used */
	SB_W = 0, SB_L = 0, SB_COWREF = 0, SB_R = 0, SB_DICT_STR = 0, SB_DICT_MT = 0, G_LIGHTUDNUM = 0, G_LIGHTUDSEG = 0,
	UDTYPE_BUFFER = 255,
};
#elif GC64
enum {
	STR_SCRATCH = 16, STR_LEN = 20, STR_SIZE = 24,
	SB_W = 0, SB_E = 8, SB_B = 16, SB_L = 24, SB_COWREF = 32, SB_R = 40, SB_DICT_STR = 48, SB_DICT_MT = 56,
	G_TOTAL = 16, G_STATE = 33, G_LIGHTUDNUM = 35, G_ROOT = 40, G_MMUDATA = 80, G_LIGHTUDSEG = 112, G_STREMPTY = 120,
	G_STRTAB = 152, G_STRMASK = 160, G_STRNUM = 164, G_TMPBUF = 200, G_NILNODE = 248, G_REGISTRYTV = 272,
	UDTYPE_BUFFER = 3,
};
#else
enum {
	STR_SCRATCH = 12, STR_LEN = 16, STR_SIZE = 20,
	SB_W = 0, SB_E = 8, SB_B = 16, SB_L = 24, SB_COWREF = 28, SB_R = 32, SB_DICT_STR = 40, SB_DICT_MT = 44,
	G_TOTAL = 16, G_STATE = 25, G_LIGHTUDNUM = 27, G_ROOT = 32, G_MMUDATA = 52, G_LIGHTUDSEG = 72, G_STREMPTY = 76,
	G_STRTAB = 104, G_STRMASK = 112, G_STRNUM = 116, G_TMPBUF = 144, G_NILNODE = 192, G_REGISTRYTV = 216,
	UDTYPE_BUFFER = 3,
};
#endif

/* The other fields of GCState, which are in the same order in all builds. */
enum {
	G_THRESHOLD = G_TOTAL + REF, G_DEBT = G_MMUDATA + REF, G_ESTIMATE = G_DEBT + REF, G_STEPMUL = G_ESTIMATE + REF,
	G_PAUSE = G_STEPMUL + 4,
};

enum {
	NODE_VAL = 0, NODE_KEY = 8, NODE_SIZE = 24,
	SNAPSHOT_SIZE = 12, SNAPSHOT_OLD_SIZE = 8, SNAPENTRY_SIZE = 4, IRINS_SIZE = 8,
	SBUF_FLAG_COW = 2, SBUF_FLAG_BORROW = 4,
	IR_KGC = 24, IR_KNULL = 27, REF_TRUE = 0x8000 - 3,
	BASEMT = 22, IO_INPUT = 36,	/* indices in gcroot */
	J_IRTOPLIM = 8, J_IRBOTLIM = 12, J_SIZESNAP = 20, J_SIZESNAPMAP = 40, J_TRACE = 56, J_SIZETRACE = 68,
					/* in jit_State, from irbuf on */
};

static inline uint16_t get_u16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, 2);
	return v;
}

static inline uint32_t get_u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return v;
}

static inline uint64_t get_u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

/* GCHeader.marked: what is reached is marked while the account reads other bits. */
static inline uint8_t get_marked(const uint8_t *p)
{
	return __atomic_load_n(p + O_MARKED, __ATOMIC_RELAXED);
}

static inline void set_marked(uint8_t *p, uint8_t marked)
{
	__atomic_store_n(p + O_MARKED, marked, __ATOMIC_RELAXED);
}

static inline void set_u32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, 4);
}

static inline void set_u64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, 8);
}

/* A GCRef or MRef. */
static inline uint64_t get_ref(const uint8_t *p)
{
	return GC64 ? get_u64(p) : get_u32(p);
}

/* Pointers of an SBuf: native ones since 2020. */
static inline uint64_t get_buffer_ptr(const uint8_t *p)
{
	return OLD ? get_ref(p) : get_u64(p);
}

/* Type of a TValue: T_NIL..T_UDATA, or >= T_NUM for numbers. */
static inline uint32_t tv_type(uint64_t tv)
{
#if GC64
	return ~(uint32_t)((int64_t)tv >> 47);
#else
	uint32_t it = (uint32_t)(tv >> 32);

	if ((int32_t)it >> 15 == -2)
		return T_LIGHTUD;	/* 47-bit pointers spill into the tag */
	return ~it;
#endif
}

static inline uint64_t tv_ref(uint64_t tv)
{
	return GC64 ? tv & ((UINT64_C(1) << 47) - 1) : (uint32_t)tv;
}

static inline int tv_is_gcv(uint32_t type)
{
	return type - T_STR <= T_UDATA - T_STR;
}

/* The number in a TValue; false where it holds something else. */
static inline int tv_number(uint64_t tv, double *value)
{
	if (tv_type(tv) < T_NUM)
		return 0;
	if (tv_type(tv) == T_NUM)
		*value = (int32_t)(uint32_t)tv;
	else
		memcpy(value, &tv, 8);
	return 1;
}

#define TV_NIL (~UINT64_C(0))

enum { CACHE_LINE = 64 };

#endif
