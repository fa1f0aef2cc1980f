#include "target/core-file.h"
#include "base/word.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* elf_prstatus of 64-bit machines, and elf_prpsinfo */
	STATUS_PID = 32, STATUS_REGISTERS = 112,
	INFO_PID = 24,
	MAX_THREADS = 4096,
	/* of user_regs_struct, in words */
	X64_STACK = 19, X64_FS_BASE = 21, X64_REGISTERS = 27,
	ARM64_STACK = 31, ARM64_REGISTERS = 34,
	NOTE_ARM_TLS = 0x401,
};

struct note {
	uint32_t type;
	const uint8_t *bytes;
	size_t size;
};

static uint32_t half_word(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* -- Threads -------------------------------------------------------------- */

static void add_thread(struct core *c, const struct note *n)
{
	const bool is_x64 = c->machine == EM_X86_64;
	const size_t words = is_x64 ? X64_REGISTERS : ARM64_REGISTERS;
	struct thread *t;

	_Static_assert(sizeof(t->words) / sizeof(t->words[0]) >= (size_t)ARM64_REGISTERS, "room for all registers");
	if (n->size < STATUS_REGISTERS + words * 8 || c->threads.count == MAX_THREADS)
		return;
	if (!c->threads.list)
		c->threads.list = calloc(MAX_THREADS, sizeof(*c->threads.list));
	if (!c->threads.list)
		return;
	t = &c->threads.list[c->threads.count++];
	for (size_t i = 0; i < words; i++)
		t->words[i] = word_at(n->bytes, STATUS_REGISTERS + i * 8);
	t->nwords = words;
	t->stack = t->words[is_x64 ? X64_STACK : ARM64_STACK];
	t->tls = is_x64 ? t->words[X64_FS_BASE] : 0;	/* of arm64 in a note of its own, which follows */
	if (c->facts.pid == (pid_t)half_word(n->bytes + STATUS_PID) && c->threads.count > 1) {
		const struct thread main = *t;

		*t = c->threads.list[0];
		c->threads.list[0] = main;
	}
}

/* -- Mapped files --------------------------------------------------------- */

/* Count, page size, then start, end and offset in pages of each, then all names. */
static void read_mappings(struct core *c, const struct note *n)
{
	const uint64_t count = n->size >= 16 ? word_at(n->bytes, 0) : 0, page = n->size >= 16 ? word_at(n->bytes, 8) : 0;
	const char *name, *end = (const char *)n->bytes + n->size;

	if (c->mappings || count == 0 || count > (n->size - 16) / 24)
		return;
	c->mappings = calloc(count, sizeof(*c->mappings));
	name = (const char *)n->bytes + 16 + count * 24;
	for (uint64_t i = 0; c->mappings && i < count; i++) {
		const size_t at = 16 + (size_t)i * 24;
		struct core_mapping *m = &c->mappings[c->nmappings];
		const char *stop = name < end ? memchr(name, '\0', (size_t)(end - name)) : NULL;

		if (!stop)
			return;
		*m = (struct core_mapping){word_at(n->bytes, at), word_at(n->bytes, at + 8), word_at(n->bytes, at + 16) * page, name, i + 1, -1};
		for (size_t k = 0; k < c->nmappings; k++)
			if (strcmp(c->mappings[k].path, name) == 0) {
				m->inode = c->mappings[k].inode;
				break;
			}
		c->nmappings++;
		name = stop + 1;
	}
}

/* -- The rest ------------------------------------------------------------- */

static void read_vdso(struct core *c, const struct note *n)
{
	for (size_t at = 0; at + 16 <= n->size; at += 16)
		if (word_at(n->bytes, at) == AT_SYSINFO_EHDR)
			c->vdso = word_at(n->bytes, at + 8);
}

static void read_note(struct core *c, const struct note *n)
{
	switch (n->type) {
	case NT_PRSTATUS:
		add_thread(c, n);
		break;
	case NT_PRPSINFO:
		if (n->size >= INFO_PID + 4)
			c->facts.pid = (pid_t)half_word(n->bytes + INFO_PID);
		break;
	case NT_AUXV:
		read_vdso(c, n);
		break;
	case NT_FILE:
		read_mappings(c, n);
		break;
	case NOTE_ARM_TLS:
		if (c->machine == EM_AARCH64 && n->size >= 8 && c->threads.count)
			c->threads.list[c->threads.count - 1].tls = word_at(n->bytes, 0);
		break;
	}
}

static uint64_t up_to_word(uint64_t size)
{
	return (size + 3) & ~UINT64_C(3);
}

static void each_note(struct core *c, const uint8_t *at, uint64_t left, bool info_only)
{
	while (left >= sizeof(Elf64_Nhdr)) {
		const uint64_t name = up_to_word(half_word(at)), size = half_word(at + 4), whole = sizeof(Elf64_Nhdr) + name + up_to_word(size);
		const struct note n = {half_word(at + 8), at + sizeof(Elf64_Nhdr) + name, (size_t)size};

		if (sizeof(Elf64_Nhdr) + name + size > left)
			return;
		if ((n.type == NT_PRPSINFO) == info_only)
			read_note(c, &n);
		if (whole >= left)
			return;
		at += whole;
		left -= whole;
	}
}

void core_notes_read(struct core *c, uint64_t at, uint64_t size)
{
	each_note(c, c->bytes + at, size, true);	/* whose core it is comes first: of its threads that one is the main one */
	each_note(c, c->bytes + at, size, false);
}
