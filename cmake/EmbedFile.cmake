# cmake -DFROM=page.html -DTO=page_template.c -DHEADER=... -DNAME=hcl_page_template -P EmbedFile.cmake: a file as an array with a final zero.
file(READ "${FROM}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "((0x..,){24})" "\\1\n" bytes "${bytes}")
file(WRITE "${TO}" "#include \"${HEADER}\"\nconst unsigned char ${NAME}[] = {\n${bytes}0\n};\n")
