import BookOpen from '@lucide/svelte/icons/book-open'
import Briefcase from '@lucide/svelte/icons/briefcase'
import Calendar from '@lucide/svelte/icons/calendar'
import CircleQuestionMark from '@lucide/svelte/icons/circle-question-mark'
import Code from '@lucide/svelte/icons/code'
import CreditCard from '@lucide/svelte/icons/credit-card'
import Gift from '@lucide/svelte/icons/gift'
import Globe from '@lucide/svelte/icons/globe'
import GraduationCap from '@lucide/svelte/icons/graduation-cap'
import Heart from '@lucide/svelte/icons/heart'
import House from '@lucide/svelte/icons/house'
import Key from '@lucide/svelte/icons/key'
import Lightbulb from '@lucide/svelte/icons/lightbulb'
import Mail from '@lucide/svelte/icons/mail'
import MessageCircle from '@lucide/svelte/icons/message-circle'
import Package from '@lucide/svelte/icons/package'
import Palette from '@lucide/svelte/icons/palette'
import Receipt from '@lucide/svelte/icons/receipt'
import Rocket from '@lucide/svelte/icons/rocket'
import RotateCcw from '@lucide/svelte/icons/rotate-ccw'
import Settings from '@lucide/svelte/icons/settings'
import Shield from '@lucide/svelte/icons/shield'
import ShoppingCart from '@lucide/svelte/icons/shopping-cart'
import Smartphone from '@lucide/svelte/icons/smartphone'
import Sparkles from '@lucide/svelte/icons/sparkles'
import Store from '@lucide/svelte/icons/store'
import Truck from '@lucide/svelte/icons/truck'
import User from '@lucide/svelte/icons/user'
import Users from '@lucide/svelte/icons/users'
import Wrench from '@lucide/svelte/icons/wrench'

/** What a category can wear. The public pages draw the same names (internal/help/assets/icons.txt). */
export const icons = {
  'book-open': BookOpen,
  'circle-question-mark': CircleQuestionMark,
  rocket: Rocket,
  lightbulb: Lightbulb,
  'graduation-cap': GraduationCap,
  sparkles: Sparkles,
  truck: Truck,
  package: Package,
  'rotate-ccw': RotateCcw,
  'shopping-cart': ShoppingCart,
  store: Store,
  gift: Gift,
  'credit-card': CreditCard,
  receipt: Receipt,
  user: User,
  users: Users,
  key: Key,
  shield: Shield,
  settings: Settings,
  wrench: Wrench,
  code: Code,
  smartphone: Smartphone,
  globe: Globe,
  mail: Mail,
  'message-circle': MessageCircle,
  calendar: Calendar,
  briefcase: Briefcase,
  house: House,
  heart: Heart,
  palette: Palette,
} as const

export type IconName = keyof typeof icons
export const isIcon = (name: string): name is IconName => Object.hasOwn(icons, name)
