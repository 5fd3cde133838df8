# Laws 1 and "a floor includes only the floors below it", enforced: the build runs check_floors.cmake over every
# source file and stops at the first include that stands in the wrong room.
add_custom_target(floors ALL
  COMMAND ${CMAKE_COMMAND} -DROOT=${CMAKE_SOURCE_DIR} -P ${CMAKE_SOURCE_DIR}/cmake/check_floors.cmake
  COMMENT "Checking that every include stands in its room"
  VERBATIM)
