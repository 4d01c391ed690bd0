/* The files MODESEEK_NATURAL_WEIGHTS and MODESEEK_NATURAL_S_WEIGHTS, byte for byte, as read-only data. */
  .section .rodata
  .global modeseek_natural_begin
  .global modeseek_natural_end
  .balign 64
modeseek_natural_begin:
  .incbin MODESEEK_NATURAL_WEIGHTS
modeseek_natural_end:
  .byte 0
  .global modeseek_natural_s_begin
  .global modeseek_natural_s_end
  .balign 64
modeseek_natural_s_begin:
  .incbin MODESEEK_NATURAL_S_WEIGHTS
modeseek_natural_s_end:
  .byte 0
  .section .note.GNU-stack,"",%progbits
