/* The code of a function's prototype, as the JIT compiler and lj_bc.h have it. Compiled once per variant of object.h. */
#ifndef HW_BYTECODE_H
#define HW_BYTECODE_H

#include "luajit/heap.h"

#define bytecode_open VARIANT(bytecode_open)
#define bytecode_string VARIANT(bytecode_string)
#define bytecode_line VARIANT(bytecode_line)

/* Opcodes of LuaJIT 2.1, in the order of lj_bc.h, which all of its releases and forks share. */
enum {
	BC_ISNEP = 11, BC_ISTC, BC_ISFC, BC_IST, BC_ISF, BC_ISTYPE, BC_ISNUM, BC_MOV, BC_CAT = 38, BC_KNIL = 44, BC_UGET, BC_USETV,
	BC_USETS, BC_USETN, BC_USETP, BC_UCLO, BC_FNEW, BC_TNEW, BC_TDUP, BC_GGET, BC_GSET, BC_TGETV, BC_TGETS, BC_TGETB, BC_TGETR,
	BC_TSETV, BC_TSETS, BC_TSETB, BC_TSETM, BC_TSETR, BC_CALLM, BC_CALL, BC_CALLMT, BC_CALLT, BC_ITERC, BC_ITERN, BC_VARG,
	BC_ISNEXT, BC_RETM, BC_RET, BC_RET0, BC_RET1, BC_FORI, BC_JFORI, BC_FORL, BC_IFORL, BC_JFORL, BC_ITERL, BC_IITERL,
	BC_JITERL, BC_LOOP, BC_ILOOP, BC_JLOOP, BC_JMP, BC_FUNCF, BC_FUNCCW = 96
};

enum {
	BYTECODE_JUMP_BIAS = 0x8000,
	/* Of a prototype's upvalue. */
	UV_LOCAL = 0x8000,     /* a register of the function around it */
	UV_IMMUTABLE = 0x4000, /* never set again */
};

struct instruction {
	uint8_t op, a, b, c;
	uint16_t d;
};

struct bytecode {
	const struct vm *vm;
	const uint8_t *proto, *code; /* copies */
	uint32_t count;		     /* of instructions */
};

/* The code of the GCproto at an address. False where that is none, or makes no sense. */
bool bytecode_open(struct bytecode *b, const struct vm *vm, uint64_t proto);
/* Address of a constant string, by its place from the end of the constants; 0 where there is none. */
uint64_t bytecode_string(const struct bytecode *b, uint32_t index);
/* Line of an instruction, as lj_debug_line has it; 0: the code has none. */
uint32_t bytecode_line(const struct bytecode *b, uint32_t pc);

static inline struct instruction bytecode_at(const struct bytecode *b, uint32_t pc)
{
	const uint32_t i = get_u32(b->code + (uint64_t)pc * 4);

	return (struct instruction){.op = (uint8_t)i,
				    .a = (uint8_t)(i >> 8),
				    .c = (uint8_t)(i >> 16),
				    .b = (uint8_t)(i >> 24),
				    .d = (uint16_t)(i >> 16)};
}

static inline uint32_t bytecode_jump_target(uint32_t pc, uint16_t d)
{
	return pc + 1 + d - BYTECODE_JUMP_BIAS;
}

/* Those whose D is a jump. The JIT compiler puts a trace's number in the place of some others', which only lead back. */
static inline bool bytecode_is_jump(uint8_t op)
{
	return op == BC_JMP || op == BC_UCLO || op == BC_ISNEXT || op == BC_FORI || op == BC_JFORI || op == BC_ITERL ||
	       op == BC_IITERL;
}

/* Whether a jump is taken always: the one behind a comparison is not, nor is that of a loop that may run. */
static inline bool bytecode_is_taken_always(const struct bytecode *b, uint32_t pc, uint8_t op)
{
	return (op == BC_JMP && pc > 0 && bytecode_at(b, pc - 1).op > BC_ISF) || op == BC_UCLO || op == BC_ISNEXT;
}

static inline bool bytecode_ends_function(uint8_t op)
{
	return op == BC_CALLMT || op == BC_CALLT || (op >= BC_RETM && op <= BC_RET1);
}

#endif
