/** {@link obeyOrders} in the thread that preloads this. */
import { obeyOrders } from './disk.ts'

obeyOrders()
