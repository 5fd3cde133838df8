#pragma once

namespace tide {

class Shell;

// Shows what the open transaction has changed, table by table, row by row, before and after; false when it has changed
// nothing. "Before" is asked of another connection, which sees what is committed.
bool show_changes(Shell& shell);

}  // namespace tide
