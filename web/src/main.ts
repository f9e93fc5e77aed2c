// Asks for the first rows before the page itself is here; that comes meanwhile.
import { askFirst } from './lib/first';

askFirst();
void import('./page');
