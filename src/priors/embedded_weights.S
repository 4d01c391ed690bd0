/* The built-in priors' weights files, byte for byte, as read-only data. */
.macro embed name, file
  .global modeseek_\name\()_begin
  .global modeseek_\name\()_end
  .balign 64
modeseek_\name\()_begin:
  .incbin "\file"
modeseek_\name\()_end:
  .byte 0
.endm

  .section .rodata
  embed natural, MODESEEK_NATURAL_WEIGHTS
  embed natural_s, MODESEEK_NATURAL_S_WEIGHTS
  .section .note.GNU-stack,"",%progbits
