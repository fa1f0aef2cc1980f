#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

int error_set(struct error *e, enum exit_code code, const char *format, ...)
{
	va_list args;

	e->code = code;
	va_start(args, format);
	vsnprintf(e->text, sizeof(e->text), format, args);
	va_end(args);
	return -1;
}
