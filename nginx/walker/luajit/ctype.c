#include "luajit/ctype.h"

#include <stdio.h>
#include <stdlib.h>

/* lj_ctype.h */
enum {
	CT_NUM, CT_STRUCT, CT_PTR, CT_ARRAY, CT_VOID, CT_ENUM, CT_FUNC, CT_TYPEDEF, CT_ATTRIB,
	CTA_QUAL = 1,
	CTID_CCHAR = 4, CTID_INT32 = 9,
	LAST_BUILTIN = 22,	/* CTID_CTYPEID or the one after it, by release */
};
#define CTF_BOOL	0x08000000u
#define CTF_FP		0x04000000u
#define CTF_CONST	0x02000000u
#define CTF_VOLATILE	0x01000000u
#define CTF_UNSIGNED	0x00800000u
#define CTF_REF		0x00800000u
#define CTF_UNION	0x00800000u
#define CTF_VLA		0x00100000u
#define CTF_VECTOR	0x08000000u
#define CTF_COMPLEX	0x04000000u
#define CTSIZE_INVALID	0xffffffffu

enum {
	CT_INFO = 0, CT_SIZE = 4, CT_NAME = GC64 ? 16 : 12,	/* in CType */
	CTS_TAB = 0, CTS_TOP = 8,
	MAX_NESTING = 64,
};

void ctypes_open(struct ctypes *c, struct vm *vm)
{
	const uint8_t *ref = image_at(vm->im, raddr(vm->g.a + vm->layout->ctype_state), REF);

	*c = (struct ctypes){.vm = vm};
	if (!ref || !get_ref(ref))
		return;
	c->state = image_at(vm->im, raddr(get_ref(ref)), vm->layout->ctstate);
	c->top = c->state ? get_u32(c->state + CTS_TOP) : 0;
	if (c->top > MAX_CTYPES)
		c->top = MAX_CTYPES;
}

const uint8_t *ctype_at(const struct ctypes *c, uint32_t id)
{
	return id < c->top ? image_at(c->vm->im, raddr(get_ref(c->state + CTS_TAB) + (uint64_t)id * CTYPE_SIZE), CTYPE_SIZE) : NULL;
}

static uint32_t kind_of(const uint8_t *ct)
{
	return get_u32(ct + CT_INFO) >> 28;
}

bool ctype_is_number(const struct ctypes *c, uint32_t id)
{
	const uint8_t *ct = ctype_at(c, id);

	return ct && kind_of(ct) == CT_NUM;
}

const uint8_t *ctype_own_name(const struct ctypes *c, const uint8_t *ct, size_t *length)
{
	uint64_t ref = get_ref(ct + CT_NAME);
	const uint8_t *s = ref ? image_at(c->vm->im, raddr(ref), STR_SIZE) : NULL;

	if (!s || s[O_GCT] != T_STR || get_u32(s + STR_LEN) >= CTYPE_NAME)
		return NULL;
	*length = get_u32(s + STR_LEN);
	return image_at(c->vm->im, raddr(ref), STR_SIZE + *length) ? s + STR_SIZE : NULL;
}

/* -- Typedefs ------------------------------------------------------------ */

static void note_typedefs(struct ctypes *c)
{
	c->typedefs = calloc((size_t)c->top + 1, sizeof(*c->typedefs));
	for (uint32_t id = 1; c->typedefs && id < c->top; id++) {
		const uint8_t *ct = ctype_at(c, id);
		uint32_t named = ct && kind_of(ct) == CT_TYPEDEF ? get_u32(ct + CT_INFO) & 0xffff : 0;

		if (named && named < c->top && !c->typedefs[named])
			c->typedefs[named] = (uint16_t)id;
	}
}

/* The name that a typedef gives to a type without one, or NULL. */
static const uint8_t *typedef_name(struct ctypes *c, uint32_t id, size_t *length)
{
	const uint8_t *ct;

	if (!c->typedefs)
		note_typedefs(c);
	ct = c->typedefs && c->typedefs[id] ? ctype_at(c, c->typedefs[id]) : NULL;
	return ct ? ctype_own_name(c, ct, length) : NULL;
}

/* -- Text, from the middle outwards, as CTRepr has it --------------------- */

struct repr {
	char text[2 * CTYPE_NAME];
	size_t from, to;
	bool wants_space, fits;
};

static void prepend_chars(struct repr *r, const char *s, size_t length)
{
	if (length > r->from) {
		r->fits = false;
		return;
	}
	r->from -= length;
	memcpy(r->text + r->from, s, length);
}

/* A word, apart from the one after it. */
static void prepend(struct repr *r, const char *s, size_t length)
{
	if (r->wants_space)
		prepend_chars(r, " ", 1);
	r->wants_space = true;
	prepend_chars(r, s, length);
}

static void prepend_word(struct repr *r, const char *s)
{
	prepend(r, s, strlen(s));
}

static void append(struct repr *r, const char *s)
{
	size_t length = strlen(s);

	if (length > sizeof(r->text) - r->to) {
		r->fits = false;
		return;
	}
	memcpy(r->text + r->to, s, length);
	r->to += length;
}

static void prepend_qualifiers(struct repr *r, uint32_t info)
{
	if (info & CTF_VOLATILE)
		prepend_word(r, "volatile");
	if (info & CTF_CONST)
		prepend_word(r, "const");
}

/* What is pointed at and no simple type needs parentheses: (*)[4]. */
static void enclose_pointer(struct repr *r, bool *is_pointer)
{
	r->wants_space = true;
	if (!*is_pointer)
		return;
	*is_pointer = false;
	prepend_chars(r, "(", 1);
	append(r, ")");
}

/* -- One function per kind of C type -------------------------------------- */

static void number_type(struct repr *r, const struct ctypes *c, uint32_t info, uint32_t size)
{
	char bits[16];

	if (info & CTF_BOOL) {
		prepend_word(r, "bool");
	} else if (info & CTF_FP) {
		prepend_word(r, size == 8 ? "double" : size == 4 ? "float" : "long double");
	} else if (size == 1) {
		/* CTF_UCHAR: plain char is as its own machine has it, unsigned on arm64 */
		const uint8_t *plain = ctype_at(c, CTID_CCHAR);
		bool is_unsigned = info & CTF_UNSIGNED, is_plain = plain && !((get_u32(plain + CT_INFO) ^ info) & CTF_UNSIGNED);

		prepend_word(r, is_plain ? "char" : is_unsigned ? "unsigned char" : "signed char");
	} else if (size < 8) {
		prepend_word(r, size == 4 ? "int" : "short");
		if (info & CTF_UNSIGNED)
			prepend_word(r, "unsigned");
	} else {
		snprintf(bits, sizeof(bits), "%sint%u_t", info & CTF_UNSIGNED ? "u" : "", size * 8);
		prepend_word(r, bits);
	}
}

/* struct, union or enum */
static void tagged_type(struct repr *r, struct ctypes *c, uint32_t id, const uint8_t *ct, const char *tag)
{
	size_t length;
	const uint8_t *name = ctype_own_name(c, ct, &length);

	if (!name && (name = typedef_name(c, id, &length))) {
		prepend(r, (const char *)name, length);
		return;
	}
	if (name)
		prepend(r, (const char *)name, length);
	else
		prepend_word(r, "{...}");
	prepend_word(r, tag);
}

static void array_type(struct repr *r, struct ctypes *c, const uint8_t *ct, uint32_t size)
{
	const uint8_t *element = ctype_at(c, get_u32(ct + CT_INFO) & 0xffff);
	uint32_t each = element ? get_u32(element + CT_SIZE) : 0;
	char text[16] = "[]";

	if (size != CTSIZE_INVALID)
		snprintf(text, sizeof(text), "[%u]", each ? size / each : 0);
	else if (get_u32(ct + CT_INFO) & CTF_VLA)
		snprintf(text, sizeof(text), "[?]");
	append(r, text);
}

static void vector_type(struct repr *r, uint32_t size)
{
	char text[48];

	snprintf(text, sizeof(text), "__attribute__((vector_size(%u)))", size);
	prepend_word(r, text);
}

/* What ffi.typeof() returns: the only unnamed enum among LuaJIT's own types. */
static bool is_ctype_object(struct ctypes *c, uint32_t id, const uint8_t *ct)
{
	size_t length;

	return id <= LAST_BUILTIN && (get_u32(ct + CT_INFO) & 0xffff) == CTID_INT32 && !ctype_own_name(c, ct, &length);
}

/* ctype_repr */
static bool represent(struct repr *r, struct ctypes *c, uint32_t id)
{
	uint32_t qualifiers = 0;
	bool is_pointer = false;

	for (int depth = 0; depth < MAX_NESTING && r->fits; depth++) {
		const uint8_t *ct = ctype_at(c, id);
		uint32_t info = ct ? get_u32(ct + CT_INFO) : 0, size = ct ? get_u32(ct + CT_SIZE) : 0;

		if (!ct)
			return false;
		switch (info >> 28) {
		case CT_NUM:
			number_type(r, c, info, size);
			prepend_qualifiers(r, qualifiers | info);
			return r->fits;
		case CT_VOID:
			prepend_word(r, "void");
			prepend_qualifiers(r, qualifiers | info);
			return r->fits;
		case CT_STRUCT:
			tagged_type(r, c, id, ct, info & CTF_UNION ? "union" : "struct");
			prepend_qualifiers(r, qualifiers);
			return r->fits;
		case CT_ENUM:
			if (is_ctype_object(c, id, ct)) {
				prepend_word(r, "ctype");
			} else {
				tagged_type(r, c, id, ct, "enum");
				prepend_qualifiers(r, qualifiers);
			}
			return r->fits;
		case CT_ATTRIB:
			if ((info >> 16 & 0xff) == CTA_QUAL)
				qualifiers |= size;
			break;
		case CT_PTR:
			if (info & CTF_REF) {
				prepend_chars(r, "&", 1);
			} else {
				prepend_qualifiers(r, qualifiers | info);
				if (size == 4)
					prepend_word(r, "__ptr32");
				prepend_chars(r, "*", 1);
			}
			qualifiers = 0;
			is_pointer = r->wants_space = true;
			break;
		case CT_ARRAY:
			if (info & CTF_COMPLEX) {
				if (size == 8)
					prepend_word(r, "float");
				prepend_word(r, "complex");
				return r->fits;
			}
			if (info & CTF_VECTOR) {
				vector_type(r, size);
			} else {
				enclose_pointer(r, &is_pointer);
				array_type(r, c, ct, size);
			}
			break;
		case CT_FUNC:
			enclose_pointer(r, &is_pointer);
			append(r, "()");
			break;
		default:
			return false;
		}
		id = info & 0xffff;
	}
	return false;
}

size_t ctype_name(struct ctypes *c, uint32_t id, char to[CTYPE_NAME])
{
	struct repr r = {.from = CTYPE_NAME, .to = CTYPE_NAME, .fits = true};

	if (!represent(&r, c, id) || r.to - r.from >= CTYPE_NAME)
		return (size_t)snprintf(to, CTYPE_NAME, "?");
	memcpy(to, r.text + r.from, r.to - r.from);
	to[r.to - r.from] = '\0';
	return r.to - r.from;
}
